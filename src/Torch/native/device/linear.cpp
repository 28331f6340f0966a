// x·Wᵀ for several weights at once, on a device: the weights stand below one another, so that x is read once, and in the
// backward pass the gradients beside one another.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"

namespace tllm::device {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Linears : torch::autograd::Function<Linears> {
  static variable_list forward(AutogradContext* context, const at::Tensor& input, at::TensorList weights, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto x = input.reshape({-1, input.size(-1)}).to(operand_type(in_bf16));
    std::vector<at::Tensor> operands;
    std::vector<int64_t> outs;
    bool needs_w = false;
    for (const auto& weight : weights) {
      operands.push_back(weight.to(operand_type(in_bf16)));
      outs.push_back(weight.size(0));
      needs_w = needs_w || weight.requires_grad();
    }
    auto w = operands.size() == 1 ? operands[0] : at::cat(operands);
    variable_list results;
    auto sizes = input.sizes().vec();
    for (const auto& y : product(x, w.t()).split_with_sizes(outs, 1)) {
      sizes.back() = y.size(1);
      results.push_back(y.view(sizes));
    }
    context->save_for_backward({x, w});
    context->saved_data["sizes"] = input.sizes().vec();
    context->saved_data["outs"] = outs;
    context->saved_data["needs_x"] = input.requires_grad();
    context->saved_data["needs_w"] = needs_w;
    return results;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &x = saved[0], &w = saved[1];
    auto outs = context->saved_data["outs"].toIntVector();
    auto dy = at::empty({x.size(0), w.size(0)}, x.options());
    auto parts = dy.split_with_sizes(outs, 1);
    for (size_t i = 0; i < parts.size(); i++)
      if (gradients[i].defined()) parts[i].copy_(gradients[i].reshape({-1, outs[i]}));
      else parts[i].zero_();
    variable_list result(outs.size() + 2);
    if (context->saved_data["needs_x"].toBool()) result[0] = product(dy, w).view(context->saved_data["sizes"].toIntVector());
    if (context->saved_data["needs_w"].toBool()) {
      auto dw = product(dy.t(), x).split_with_sizes(outs);
      std::copy(dw.begin(), dw.end(), result.begin() + 1);
    }
    return result;
  }
};

std::vector<at::Tensor> linears(const at::Tensor& x, at::TensorList weights, bool in_bf16) { return Linears::apply(x, weights, in_bf16); }

}  // namespace tllm::device
