// Causal attention with linear biases by the device's own flash attention, which knows no biases. A constant added to a row of
// scores changes nothing in its softmax, so -slope·(i - j) may as well be slope·j, a property of the key: it becomes a few more
// dimensions, coefficients in the query and the position in the key. bfloat16 holds neither a position above 256 nor every slope,
// so both come in two parts. Source: FlashBias, Wu et al. 2025; Press et al. 2022.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cmath>

#include "device.h"

namespace tllm::device {

static constexpr int64_t kAdded = 8;        // four are used; the kernels take multiples of eight
static constexpr int64_t kUpper = 256;      // positions below it are exact in bfloat16
static constexpr int64_t kLongest = kUpper * kUpper;

// Where each text begins among all positions, and where the last one ends; int32. To know how many there are the processor waits
// for the device, but only in the first block of a model: the others ask for the same.
static at::Tensor offsets_of(const at::Tensor& starts) {
  struct Last {
    c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl> starts{c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>()};
    at::Tensor offsets;
  };
  static thread_local auto* last = new Last;  // never destroyed: its device may be gone before the thread is
  if (last->starts.lock().get() == starts.unsafeGetTensorImpl()) return last->offsets;
  int64_t batch = starts.size(0), time = starts.size(1);
  auto changes = at::cat({at::ones({batch, 1}, starts.options().dtype(at::kBool)), starts.narrow(1, 1, time - 1).ne(starts.narrow(1, 0, time - 1))}, 1);
  auto begins = changes.view(-1).nonzero().view(-1);
  TORCH_CHECK(starts.reshape(-1).index_select(0, begins).equal(begins.remainder(time)), "a text of a row does not begin where the one before it ends");
  last->offsets = at::cat({begins, at::full({1}, batch * time, begins.options())}).to(at::kInt);
  last->starts = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>(starts.getIntrusivePtr());
  return last->offsets;
}

// The kernel by its own name: were it to refuse, nothing slower would take its place.
static at::Tensor flash(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& offsets, double scale) {
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("aten::_flash_attention_forward", "");
  auto flat = [&](const at::Tensor& x) { return offsets.defined() ? x.flatten(0, 1) : x; };
  c10::IValue ends = offsets.defined() ? c10::IValue(offsets) : c10::IValue();
  int64_t longest = q.size(1);
  torch::jit::Stack stack{flat(q), flat(k), flat(v), ends, ends, longest, longest, /*dropout*/ 0.0, /*causal*/ true, /*debug mask*/ false};
  for (const auto& argument : c10::ArrayRef<c10::Argument>(op.schema().arguments()).slice(stack.size()))
    stack.push_back(argument.name() == "scale" ? c10::IValue(scale) : argument.default_value().value_or(c10::IValue()));
  op.callBoxed(stack);
  return stack[0].toTensor().view(q.sizes());
}

// The same from all scores, where there is no such kernel: the processor that plays a device.
static at::Tensor plain(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& offsets, double scale) {
  int64_t batch = q.size(0), time = q.size(1), group = q.size(2) / k.size(2);
  auto heads_first = [](const at::Tensor& x) { return x.transpose(1, 2).to(at::kFloat); };
  auto keys = heads_first(k).repeat_interleave(group, 1), values = heads_first(v).repeat_interleave(group, 1);
  auto scores = heads_first(q).matmul(keys.transpose(2, 3)) * scale;
  auto j = at::arange(time, q.options().dtype(at::kLong));
  auto hidden = j.gt(j.unsqueeze(1));
  if (offsets.defined()) {
    auto text = at::bucketize(at::arange(batch * time, j.options()), offsets.to(at::kLong), false, true).view({batch, time});
    hidden = hidden.logical_or(text.unsqueeze(1).ne(text.unsqueeze(2)).unsqueeze(1));
  }
  return scores.masked_fill(hidden, -INFINITY).softmax(-1).matmul(values).transpose(1, 2).to(q.scalar_type());
}

at::Tensor alibi_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes,
                           const c10::optional<at::Tensor>& starts) {
  int64_t batch = q.size(0), time = q.size(1), size = q.size(3);
  TORCH_CHECK(time <= kLongest, "positions are told apart up to ", kLongest, ", a row has ", time);
  double scale = 1 / std::sqrt(static_cast<double>(size));
  auto type = at::kBFloat16;
  auto rounded = [&](const at::Tensor& x) { return x.to(type).to(at::kFloat); };

  auto wanted = slopes / scale, upper = rounded(wanted), lower = rounded(wanted - upper), none = at::zeros_like(upper);
  auto coefficients = at::stack({upper, upper, lower, lower, none, none, none, none}, 1);                       // [heads, added]
  auto j = at::arange(time, q.options().dtype(at::kLong)), low = j.remainder(kUpper), high = j - low, zero = at::zeros_like(j);
  auto positions = at::stack({high, low, high, low, zero, zero, zero, zero}, 1);                                // [time, added]

  auto with = [&](const at::Tensor& x, const at::Tensor& added) {
    return at::cat({x.to(type), added.to(type).expand({batch, time, x.size(2), kAdded})}, 3);
  };
  auto wide_q = with(q, coefficients), wide_k = with(k, positions.view({1, time, 1, kAdded})), wide_v = with(v, zero.to(type).view({1, time, 1, 1}));
  auto offsets = starts ? offsets_of(*starts) : at::Tensor();
  auto mixed = (q.is_cpu() ? plain : flash)(wide_q, wide_k, wide_v, offsets, scale);
  return mixed.narrow(3, 0, size).to(at::kFloat);
}

}  // namespace tllm::device
