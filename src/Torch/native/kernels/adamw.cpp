// One AdamW update of one tensor, everything of a weight read and written once.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <cmath>

#include "../device/device.h"

namespace tllm {

static void adamw_(const at::Tensor& weight, const at::Tensor& gradient_input, const at::Tensor& mean, const at::Tensor& square,
                   double learning_rate, double beta1, double beta2, double eps, double decay, int64_t step) {
  auto gradient = gradient_input.contiguous();
  TORCH_CHECK(weight.is_contiguous() && mean.is_contiguous() && square.is_contiguous() && weight.sizes() == gradient.sizes() &&
                  weight.sizes() == mean.sizes() && weight.sizes() == square.sizes(),
              "weight, gradient and moments must be contiguous and of one shape");
  if (device::holds(weight)) {
    device::adamw_(weight, gradient, mean, square, learning_rate, beta1, beta2, eps, decay, step);
    return;
  }
  double mean_correction = 1 - std::pow(beta1, step), square_correction = 1 - std::pow(beta2, step);
  float keep = 1 - learning_rate * decay, rate = learning_rate / mean_correction, root = 1 / std::sqrt(square_correction);
  float b1 = beta1, c1 = 1 - beta1, b2 = beta2, c2 = 1 - beta2, e = eps;
  auto *w = weight.data_ptr<float>(), *g = gradient.data_ptr<float>(), *m = mean.data_ptr<float>(), *v = square.data_ptr<float>();
  at::parallel_for(0, weight.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
      m[i] = m[i] * b1 + g[i] * c1;
      v[i] = v[i] * b2 + g[i] * g[i] * c2;
      w[i] = w[i] * keep - rate * m[i] / (__builtin_sqrtf(v[i]) * root + e);
    }
  });
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def(
      "adamw_(Tensor(a!) weight, Tensor gradient, Tensor(b!) mean, Tensor(c!) square, float learning_rate, float beta1, float beta2, "
      "float eps, float decay, int step) -> ()",
      &adamw_);
}

}  // namespace tllm
