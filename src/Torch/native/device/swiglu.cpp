// (SiLU(gate) ⊙ up)·Wᵀ on a device. The gated rows are not kept: the backward pass makes them again.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"

namespace tllm::device {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

static constexpr int kThreads = 256;

template <typename T>
static at::Tensor gated_rows(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& kept_gate, const at::Tensor& kept_up) {
  auto gated = at::empty_like(kept_gate);
  launch(TLLM_KERNEL(swiglu_forward<T>), gate, gate.size(0), kThreads, data<float>(gate), gate.stride(0), data<float>(up), up.stride(0),
         data<T>(gated), data<T>(kept_gate), data<T>(kept_up), gate.size(1));
  return gated;
}

template <typename T>
static at::Tensor gradients_of(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& dgated, const at::Tensor& dgate, const at::Tensor& dup) {
  auto gated = at::empty_like(gate);
  launch(TLLM_KERNEL(swiglu_backward<T>), gate, (gate.numel() + kThreads - 1) / kThreads, kThreads, data<T>(gate), data<T>(up),
         data<float>(dgated), data<T>(gated), data<float>(dgate), data<float>(dup), gate.numel());
  return gated;
}

// Rows as the kernel takes them: numbers beside one another, the rows any distance apart.
static at::Tensor rows_of(const at::Tensor& values) {
  auto rows = values.reshape({-1, values.size(-1)});
  return rows.stride(1) == 1 ? rows : rows.contiguous();
}

struct SwiGluLinear : torch::autograd::Function<SwiGluLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_input, const at::Tensor& up_input, const at::Tensor& weight,
                            bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto gate = rows_of(gate_input), up = rows_of(up_input), w = weight.to(operand_type(in_bf16));
    auto kept_gate = at::empty(gate.sizes(), w.options()), kept_up = at::empty(gate.sizes(), w.options());
    auto gated = (in_bf16 ? gated_rows<bf16> : gated_rows<float>)(gate, up, kept_gate, kept_up);
    context->save_for_backward({kept_gate, kept_up, w});
    auto sizes = gate_input.sizes().vec();
    sizes.back() = weight.size(0);
    return product(gated, w.t()).view(sizes);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &gate = saved[0], &up = saved[1], &w = saved[2];
    auto sizes = gradients[0].sizes().vec();
    sizes.back() = w.size(1);
    auto dy = gradients[0].reshape({-1, w.size(0)}).to(w.scalar_type());
    auto dgated = product(dy, w), dgate = at::empty_like(dgated), dup = at::empty_like(dgated);
    auto gated = (w.scalar_type() == at::kBFloat16 ? gradients_of<bf16> : gradients_of<float>)(gate, up, dgated, dgate, dup);
    return {dgate.view(sizes), dup.view(sizes), product(dy.t(), gated), at::Tensor()};
  }
};

at::Tensor swiglu_linear(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& weight, bool in_bf16) {
  return SwiGluLinear::apply(gate, up, weight, in_bf16);
}

}  // namespace tllm::device
