// One AdamW update of one tensor on a device.
#include <ATen/ATen.h>

#include <cmath>

#include "device.h"

namespace tllm::device {

static constexpr int kThreads = 256;

void adamw_(const at::Tensor& weight, const at::Tensor& gradient, const at::Tensor& mean, const at::Tensor& square, double learning_rate,
            double beta1, double beta2, double eps, double decay, int64_t step) {
  double mean_correction = 1 - std::pow(beta1, step), square_correction = 1 - std::pow(beta2, step);
  launch(TLLM_KERNEL(adamw), weight, (weight.numel() + kThreads - 1) / kThreads, kThreads, data<float>(weight), data<float>(gradient),
         data<float>(mean), data<float>(square), weight.numel(), 1 - learning_rate * decay, learning_rate / mean_correction,
         1 / std::sqrt(square_correction), beta1, 1 - beta1, beta2, 1 - beta2, eps);
}

}  // namespace tllm::device
