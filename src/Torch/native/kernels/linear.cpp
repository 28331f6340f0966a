// y = x·Wᵀ. With bfloat16 the operands are rounded and the result is not: products accumulate and arrive in float32,
// and the rounded x is what the backward pass keeps.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "gemm.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <typename T>
struct Type;
template <>
struct Type<float> {
  static constexpr auto value = at::kFloat;
};
template <>
struct Type<bf16> {
  static constexpr auto value = at::kBFloat16;
};

template <typename T>
static at::Tensor rounded(const at::Tensor& x) {
  if constexpr (std::is_same_v<T, float>) {
    return x.contiguous();
  } else {
    auto from = x.contiguous();
    auto to = at::empty(from.sizes(), from.options().dtype(at::kBFloat16));
    to_bf16(from.data_ptr<float>(), to.data_ptr<bf16>(), from.numel());
    return to;
  }
}

template <typename T>
static at::Tensor product(const at::Tensor& x, const at::Tensor& w) {
  auto sizes = x.sizes().vec();
  int64_t in = w.size(1), out = w.size(0), rows = x.numel() / in;
  sizes.back() = out;
  auto y = at::empty(sizes, w.options().dtype(at::kFloat));
  gemm(false, true, rows, out, in, 1, x.data_ptr<T>(), in, w.data_ptr<T>(), in, 0, y.data_ptr<float>(), out);
  return y;
}

template <typename T>
static variable_list gradients_of(const at::Tensor& x, const at::Tensor& w, const at::Tensor& gradient, bool needs_x, bool needs_w) {
  int64_t in = w.size(1), out = w.size(0), rows = x.numel() / in;
  at::Tensor dy = rounded<T>(gradient);
  at::Tensor dx, dw;
  if (needs_x) {
    dx = at::empty(x.sizes(), gradient.options());
    gemm(false, false, rows, in, out, 1, dy.data_ptr<T>(), out, w.data_ptr<T>(), in, 0, dx.data_ptr<float>(), in);
  }
  if (needs_w) {
    dw = at::empty(w.sizes(), gradient.options());
    gemm(true, false, out, in, rows, 1, dy.data_ptr<T>(), out, x.data_ptr<T>(), in, 0, dw.data_ptr<float>(), in);
  }
  return {dx, dw, at::Tensor()};
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto (*round)(const at::Tensor&) = in_bf16 ? &rounded<bf16> : &rounded<float>;
    auto left = round(x), right = round(w);
    context->save_for_backward({left, right});
    context->saved_data["needs_x"] = x.requires_grad();
    context->saved_data["needs_w"] = w.requires_grad();
    return in_bf16 ? product<bf16>(left, right) : product<float>(left, right);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    bool needs_x = context->saved_data["needs_x"].toBool(), needs_w = context->saved_data["needs_w"].toBool();
    return saved[1].scalar_type() == at::kBFloat16 ? gradients_of<bf16>(saved[0], saved[1], gradients[0], needs_x, needs_w)
                                                   : gradients_of<float>(saved[0], saved[1], gradients[0], needs_x, needs_w);
  }
};

static at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, bool in_bf16) {
  TORCH_CHECK(x.size(-1) == weight.size(1), "the last axis of x is ", x.size(-1), ", the weight takes ", weight.size(1));
  return Linear::apply(x, weight, in_bf16);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) { library.def("linear(Tensor x, Tensor weight, bool bf16) -> Tensor", &linear); }

}  // namespace tllm
