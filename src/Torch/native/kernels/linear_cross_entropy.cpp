// Loss of a linear head without its logits. They exist a block at a time, some rows against some tokens of the vocabulary,
// small enough to stay in the cache while they become exponentials and are multiplied with the head again. What is kept
// of a chunk of rows is the exponentials, for the gradient of the head; the backward pass has nothing left to compute.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../device/device.h"
#include "gemm.h"
#include "simd.h"
#include "tasks.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

static constexpr int64_t kTokensPerBlock = 512;
static constexpr int64_t kRowsPerTask = 256;
// An exponential may grow by this power of e over the highest logit of the first block before its row is rescaled.
static constexpr float kHeadroom = 60;

// A row of the softmax in the making: Σ e^(logit - reference), where the reference is a logit seen early.
struct RowSum {
  float reference = 0, target_logit = 0;
  double sum = 0;
};

// Logits become exponentials; gives their sum.
static float exponentials(float* logits, int64_t count, float reference) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) {
    logits[i] = fast_exp(logits[i] - reference);
    sum += logits[i];
  }
  return sum;
}

template <typename T>
struct HeadLoss {
  int64_t width, vocabulary, chunk;
  const float *hidden, *weight;     // [rows, width], [vocabulary, width]
  const T *x, *w;                   // the same as the products read them
  const int64_t* targets;           // [rows]
  float scale;                      // what a loss counts
  float *losses, *dhidden, *dweight;  // the last two may be null
  T *kept, *scaled;                 // [blocks, chunk, tokens per block] exponentials, [chunk, width] rows ÷ their sums

  int64_t blocks() const { return (vocabulary + kTokensPerBlock - 1) / kTokensPerBlock; }
  int64_t tokens(int64_t block) const { return std::min(kTokensPerBlock, vocabulary - block * kTokensPerBlock); }
  T* tile(int64_t block, int64_t row) const { return kept + (block * chunk + row) * kTokensPerBlock; }

  // Rows first + begin … first + begin + count: their losses, their gradients, their exponentials.
  void rows(int64_t first, int64_t begin, int64_t count) const {
    std::vector<RowSum> sums(count);
    std::unique_ptr<float[]> logits(new float[count * kTokensPerBlock]);
    std::unique_ptr<T[]> unkept(kept ? nullptr : new T[count * kTokensPerBlock]);
    for (int64_t block = 0; block < blocks(); block++) {
      int64_t from = block * kTokensPerBlock, n = tokens(block);
      T* out = kept ? tile(block, begin) : unkept.get();
      gemm(false, true, count, n, width, 1, x + (first + begin) * width, width, w + from * width, width, 0, logits.get(), kTokensPerBlock);
      for (int64_t r = 0; r < count; r++) {
        auto& row = sums[r];
        float* l = logits.get() + r * kTokensPerBlock;
        int64_t target = targets[first + begin + r] - from;
        if (target >= 0 && target < n) row.target_logit = l[target];
        float highest = l[0];
#pragma omp simd reduction(max : highest)
        for (int64_t i = 0; i < n; i++) highest = l[i] > highest ? l[i] : highest;
        if (block == 0) row.reference = highest;
        else if (highest > row.reference + kHeadroom) rescale(row, highest, begin + r, first + begin + r, block);
        row.sum += exponentials(l, n, row.reference);
        store(l, n, out + r * kTokensPerBlock);
      }
      if (dhidden)
        gemm(false, false, count, width, n, 1, out, kTokensPerBlock, w + from * width, width, block == 0 ? 0 : 1, dhidden + (first + begin) * width, width);
    }
    for (int64_t r = 0; r < count; r++) finish(sums[r], begin + r, first + begin + r);
  }

  // A logit far above the reference: what was gathered of the row so far is brought down to the new one.
  void rescale(RowSum& row, float reference, int64_t in_chunk, int64_t at, int64_t blocks_done) const {
    float factor = fast_exp(row.reference - reference);
    row.reference = reference;
    row.sum *= factor;
    if (dhidden)
      for (int64_t i = 0; i < width; i++) dhidden[at * width + i] *= factor;
    if (kept)
      for (int64_t block = 0; block < blocks_done; block++)
        for (int64_t i = 0; i < kTokensPerBlock; i++) {
          T* e = tile(block, in_chunk) + i;
          store(static_cast<float>(*e) * factor, e);
        }
  }

  void finish(const RowSum& row, int64_t in_chunk, int64_t at) const {
    losses[at] = static_cast<float>(std::log(row.sum)) + row.reference - row.target_logit;
    float share = static_cast<float>(scale / row.sum);
    if (dhidden) {
      float* d = dhidden + at * width;
      const float* hit = weight + targets[at] * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) d[i] = d[i] * share - scale * hit[i];
    }
    if (dweight) {
      const float* h = hidden + at * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) store(h[i] * share, scaled + in_chunk * width + i);
    }
  }

  // The gradient of the head's rows in one block, added to that of earlier chunks.
  void head(int64_t first, int64_t count, int64_t block) const {
    int64_t from = block * kTokensPerBlock, n = tokens(block);
    gemm(true, false, n, width, count, 1, tile(block, 0), kTokensPerBlock, scaled, width, first == 0 ? 0 : 1, dweight + from * width, width);
    for (int64_t r = first; r < first + count; r++) {
      if (targets[r] < from || targets[r] >= from + n) continue;
      float* d = dweight + targets[r] * width;
      const float* h = hidden + r * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) d[i] -= scale * h[i];
    }
  }

  void run(int64_t total) const {
    // Fewer rows a task where there are threads to spare.
    int64_t per_task = std::max<int64_t>(16, std::min(kRowsPerTask, chunk / at::get_num_threads()));
    for (int64_t first = 0; first < total; first += chunk) {
      int64_t count = std::min(chunk, total - first);
      int64_t tasks = (count + per_task - 1) / per_task;
      for_tasks(tasks, [&](auto next) {
        for (int64_t task; (task = next()) < tasks;) rows(first, task * per_task, std::min(per_task, count - task * per_task));
      });
      if (!dweight) continue;
      for_tasks(blocks(), [&](auto next) {
        for (int64_t block; (block = next()) < blocks();) head(first, count, block);
      });
    }
  }
};

template <typename T>
static at::Tensor run(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double scale, int64_t chunk,
                      at::Tensor& dhidden, at::Tensor& dweight) {
  int64_t rows = hidden.size(0), width = hidden.size(1), vocabulary = weight.size(0);
  chunk = std::max<int64_t>(1, std::min(chunk, rows));
  auto losses = at::empty({rows}, hidden.options());
  auto of_type = hidden.options().dtype(c10::CppTypeToScalarType<T>::value);
  auto pointer = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
  Operand<T> x(hidden), w(weight);
  HeadLoss<T> loss{width, vocabulary, chunk, hidden.data_ptr<float>(), weight.data_ptr<float>(), x.data, w.data,
                   targets.data_ptr<int64_t>(), static_cast<float>(scale), losses.data_ptr<float>(), pointer(dhidden), pointer(dweight)};
  at::Tensor kept, scaled;
  if (dweight.defined()) {
    kept = at::empty({loss.blocks(), chunk, kTokensPerBlock}, of_type);
    scaled = at::empty({chunk, width}, of_type);
    loss.kept = kept.data_ptr<T>();
    loss.scaled = scaled.data_ptr<T>();
  }
  loss.run(rows);
  return losses;
}

// Σ scale · loss over the targets that count.
struct LinearCrossEntropy : torch::autograd::Function<LinearCrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden_input, const at::Tensor& weight_input,
                            const at::Tensor& all_targets, int64_t ignored, double scale, int64_t chunk, bool in_bf16,
                            bool differentiable) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto weight = weight_input.contiguous();
    // Rows that do not count are not computed either.
    auto counted = all_targets.ne(ignored);
    bool all = counted.all().item<bool>();
    auto index = all ? at::Tensor() : counted.nonzero().squeeze(1);
    auto hidden = all ? hidden_input.contiguous() : hidden_input.index_select(0, index);
    auto targets = all ? all_targets.contiguous() : all_targets.index_select(0, index);

    at::Tensor dhidden, dweight;
    if (differentiable && hidden_input.requires_grad()) dhidden = at::empty_like(hidden);
    if (differentiable && weight_input.requires_grad()) dweight = targets.numel() ? at::empty_like(weight) : at::zeros_like(weight);
    auto losses = in_bf16 ? run<bf16>(hidden, weight, targets, scale, chunk, dhidden, dweight)
                          : run<float>(hidden, weight, targets, scale, chunk, dhidden, dweight);
    if (!all && dhidden.defined()) dhidden = at::zeros_like(hidden_input).index_copy_(0, index, dhidden);
    context->save_for_backward({dhidden, dweight});
    return losses.sum(at::kDouble).mul_(scale).to(at::kFloat);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    bool one = gradients[0].item<float>() == 1;
    auto scaled = [&](const at::Tensor& gradient) { return gradient.defined() && !one ? gradient.mul(gradients[0]) : gradient; };
    return {scaled(saved[0]), scaled(saved[1]), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

static at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignored,
                                       double scale, int64_t chunk, bool in_bf16) {
  TORCH_CHECK(hidden.dim() == 2 && targets.dim() == 1 && hidden.size(0) == targets.size(0) && hidden.size(1) == weight.size(1),
              "hidden [n, width], weight [vocabulary, width] and targets [n] do not belong together");
  // To look at the targets would make the processor wait for the device, whose kernel looks at each of them anyway.
  if (device::holds(hidden)) return device::linear_cross_entropy(hidden, weight, targets, ignored, scale, in_bf16);
  auto wrong = targets.ne(ignored).logical_and_(targets.lt(0).logical_or_(targets.ge(weight.size(0))));
  TORCH_CHECK(!wrong.any().item<bool>(), "a target is outside the vocabulary of ", weight.size(0));
  return LinearCrossEntropy::apply(hidden, weight, targets, ignored, scale, chunk, in_bf16, at::GradMode::is_enabled());
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def(
      "linear_cross_entropy(Tensor hidden, Tensor weight, Tensor targets, int ignored, float scale, int chunk, bool bf16) -> Tensor",
      &linear_cross_entropy);
}

}  // namespace tllm
