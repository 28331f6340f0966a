// Loss of a linear head on a device: some rows of logits at a time, which become their own gradient in place.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"

namespace tllm::device {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Enough rows to fill a device; a gigabyte of logits for 64,000 tokens in bfloat16.
static constexpr int64_t kRows = 8192;

// One warp for a small vocabulary, more while each thread keeps some dozens of tokens.
static int threads_for(int64_t vocabulary) {
  int threads = 32;
  while (threads < 1024 && vocabulary / threads > 64) threads *= 2;
  return threads;
}

struct LinearCrossEntropy : torch::autograd::Function<LinearCrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& all_targets,
                            int64_t ignored, double scale, bool in_bf16, bool differentiable) {
    at::AutoDispatchBelowADInplaceOrView guard;
    int64_t rows = hidden.size(0), vocabulary = weight.size(0);
    auto x = hidden.to(operand_type(in_bf16)), w = weight.to(operand_type(in_bf16)), targets = all_targets.contiguous();
    bool needs_x = differentiable && hidden.requires_grad(), needs_w = differentiable && weight.requires_grad();
    auto losses = at::empty({rows}, hidden.options());
    auto dhidden = needs_x ? at::empty_like(hidden) : at::Tensor(), dweight = needs_w ? at::zeros_like(weight) : at::Tensor();
    for (int64_t first = 0; first < rows; first += kRows) {
      int64_t count = std::min(kRows, rows - first);
      auto chunk = x.narrow(0, first, count);
      auto logits = at::mm(chunk, w.t());
      auto run = [&](auto kernel, auto* numbers) {
        launch(kernel, logits, count, threads_for(vocabulary), numbers, data<int64>(targets) + first, data<float>(losses) + first, vocabulary,
               ignored, scale, needs_x || needs_w);
      };
      if (in_bf16) run(TLLM_KERNEL(cross_entropy<bf16>), data<bf16>(logits));
      else run(TLLM_KERNEL(cross_entropy<float>), data<float>(logits));
      if (needs_x) dhidden.narrow(0, first, count).copy_(product(logits, w));
      if (needs_w) dweight.add_(product(logits.t(), chunk));
    }
    context->save_for_backward({dhidden, dweight});
    return losses.sum(at::kDouble).mul_(scale).to(at::kFloat);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto scaled = [&](const at::Tensor& gradient) { return gradient.defined() ? gradient.mul(gradients[0]) : gradient; };
    return {scaled(saved[0]), scaled(saved[1]), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignored, double scale,
                                bool in_bf16) {
  return LinearCrossEntropy::apply(hidden, weight, targets, ignored, scale, in_bf16, at::GradMode::is_enabled());
}

}  // namespace tllm::device
