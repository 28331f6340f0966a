// y = x / √(mean(x²) + eps) · weight, statistics in float32, one pass over the row each way.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>

#include "../device/device.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The weight's gradient is summed over blocks of fixed size, so that it does not depend on the number of threads.
static constexpr int64_t kRowsPerBlock = 64;

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, double eps) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto x = input.contiguous();
    int64_t width = x.size(-1), rows = x.numel() / width;
    auto y = at::empty_like(x), scale = at::empty({rows}, x.options());
    auto *px = x.data_ptr<float>(), *pw = weight.data_ptr<float>(), *py = y.data_ptr<float>(), *ps = scale.data_ptr<float>();
    at::parallel_for(0, rows, kRowsPerBlock, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; r++) {
        const float* row = px + r * width;
        float* out = py + r * width;
        float squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < width; i++) squares += row[i] * row[i];
        float s = 1 / std::sqrt(squares / width + static_cast<float>(eps));
        ps[r] = s;
#pragma omp simd
        for (int64_t i = 0; i < width; i++) out[i] = row[i] * s * pw[i];
      }
    });
    context->save_for_backward({x, weight, scale});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &x = saved[0], &weight = saved[1], &scale = saved[2];
    auto dy = gradients[0].contiguous();
    int64_t width = x.size(-1), rows = x.numel() / width, blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
    auto dx = at::empty_like(x), partial = at::zeros({blocks, width}, x.options());
    auto *px = x.data_ptr<float>(), *pw = weight.data_ptr<float>(), *ps = scale.data_ptr<float>();
    auto *pdy = dy.data_ptr<float>(), *pdx = dx.data_ptr<float>(), *pp = partial.data_ptr<float>();
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; block++) {
        float* dw = pp + block * width;
        for (int64_t r = block * kRowsPerBlock; r < std::min(rows, (block + 1) * kRowsPerBlock); r++) {
          const float *row = px + r * width, *g = pdy + r * width;
          float* out = pdx + r * width;
          float s = ps[r], dot = 0;
#pragma omp simd reduction(+ : dot)
          for (int64_t i = 0; i < width; i++) dot += g[i] * pw[i] * row[i];
          float mean = dot * s * s / width;
#pragma omp simd
          for (int64_t i = 0; i < width; i++) {
            out[i] = s * (g[i] * pw[i] - row[i] * mean);
            dw[i] += g[i] * row[i] * s;
          }
        }
      }
    });
    return {dx, partial.sum(0), at::Tensor()};
  }
};

static at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return device::holds(x) ? device::rms_norm(x, weight, eps) : RmsNorm::apply(x, weight, eps);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def("rms_norm(Tensor x, Tensor weight, float eps) -> Tensor", &rms_norm);
}

}  // namespace tllm
