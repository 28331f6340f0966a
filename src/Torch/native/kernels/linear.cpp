// x·Wᵀ for several weights at once. With bfloat16 the operands are rounded and the results are not: products accumulate and
// arrive in float32, and one rounded x is what the backward pass keeps for all of them.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../device/device.h"
#include "gemm.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <typename T>
static at::Tensor product(const at::Tensor& x, const at::Tensor& w) {
  auto sizes = x.sizes().vec();
  int64_t in = w.size(1), out = w.size(0), rows = x.numel() / in;
  sizes.back() = out;
  auto y = at::empty(sizes, w.options().dtype(at::kFloat));
  gemm(false, true, rows, out, in, 1, x.data_ptr<T>(), in, w.data_ptr<T>(), in, 0, y.data_ptr<float>(), out);
  return y;
}

// saved is x and the weights as the products read them.
template <typename T>
static variable_list gradients_of(const variable_list& saved, const variable_list& gradients, bool needs_x, bool needs_w) {
  const auto& x = saved[0];
  auto as_float = x.options().dtype(at::kFloat);
  at::Tensor dx = needs_x ? at::empty(x.sizes(), as_float) : at::Tensor();
  variable_list result{dx};
  for (size_t i = 0; i < gradients.size(); i++) {
    const auto& w = saved[i + 1];
    int64_t in = w.size(1), out = w.size(0), rows = x.numel() / in;
    Operand<T> dy(gradients[i]);
    if (needs_x) gemm(false, false, rows, in, out, 1, dy.data, out, w.data_ptr<T>(), in, i == 0 ? 0 : 1, dx.data_ptr<float>(), in);
    at::Tensor dw;
    if (needs_w) {
      dw = at::empty(w.sizes(), as_float);
      gemm(true, false, out, in, rows, 1, dy.data, out, x.data_ptr<T>(), in, 0, dw.data_ptr<float>(), in);
    }
    result.push_back(dw);
  }
  result.push_back(at::Tensor());
  return result;
}

struct Linears : torch::autograd::Function<Linears> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, at::TensorList weights, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto read = in_bf16 ? &operand<bf16> : &operand<float>;
    auto multiply = in_bf16 ? &product<bf16> : &product<float>;
    variable_list saved{read(x)}, results;
    bool needs_w = false;
    for (const auto& weight : weights) {
      saved.push_back(read(weight));
      results.push_back(multiply(saved[0], saved.back()));
      needs_w = needs_w || weight.requires_grad();
    }
    context->save_for_backward(saved);
    context->saved_data["needs_x"] = x.requires_grad();
    context->saved_data["needs_w"] = needs_w;
    context->saved_data["bf16"] = in_bf16;
    return results;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto gradients_in = context->saved_data["bf16"].toBool() ? &gradients_of<bf16> : &gradients_of<float>;
    return gradients_in(context->get_saved_variables(), gradients, context->saved_data["needs_x"].toBool(), context->saved_data["needs_w"].toBool());
  }
};

static std::vector<at::Tensor> linears(const at::Tensor& x, at::TensorList weights, bool in_bf16) {
  for (const auto& weight : weights)
    TORCH_CHECK(x.size(-1) == weight.size(1), "the last axis of x is ", x.size(-1), ", the weight takes ", weight.size(1));
  return device::holds(x) ? device::linears(x, weights, in_bf16) : Linears::apply(x, weights, in_bf16);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) { library.def("linears(Tensor x, Tensor[] weights, bool bf16) -> Tensor[]", &linears); }

}  // namespace tllm
