// y = x / √(mean(x²) + eps) · weight on a device.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"

namespace tllm::device {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

static constexpr int kThreads = 256, kRowsPerBlock = 32;

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, double eps) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto x = input.contiguous();
    int64_t width = x.size(-1), rows = x.numel() / width, warps = kThreads / 32;
    auto y = at::empty_like(x), scale = at::empty({rows}, x.options());
    launch(TLLM_KERNEL(rms_norm_forward), x, (rows + warps - 1) / warps, kThreads, data<float>(x), data<float>(weight), data<float>(y),
           data<float>(scale), rows, width, eps);
    context->save_for_backward({x, weight, scale});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &x = saved[0], &weight = saved[1], &scale = saved[2];
    auto dy = gradients[0].contiguous();
    int64_t width = x.size(-1), rows = x.numel() / width, blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
    auto dx = at::empty_like(x), partial = at::empty({blocks, width}, x.options());
    launch(TLLM_KERNEL(rms_norm_backward), x, blocks, kThreads, data<float>(x), data<float>(weight), data<float>(scale), data<float>(dy),
           data<float>(dx), data<float>(partial), rows, width, kRowsPerBlock);
    return {dx, partial.sum(0), at::Tensor()};
  }
};

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) { return RmsNorm::apply(x, weight, eps); }

}  // namespace tllm::device
