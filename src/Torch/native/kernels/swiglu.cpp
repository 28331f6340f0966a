// (SiLU(gate) ⊙ up)·Wᵀ, some rows at a time, so that the gated rows are multiplied while they are in the cache and need not
// be kept: the backward pass makes them again.
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

static constexpr int64_t kRowsPerBlock = 128;

template <typename F>
static void for_blocks(int64_t rows, F work) {
  int64_t blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
  for_tasks(blocks, [&](auto next) {
    for (int64_t block; (block = next()) < blocks;) work(block * kRowsPerBlock, std::min(kRowsPerBlock, rows - block * kRowsPerBlock));
  });
}

template <typename T>
static at::Tensor forward(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& w) {
  int64_t inner = w.size(1), width = w.size(0), rows = gate.numel() / inner;
  auto sizes = gate.sizes().vec();
  sizes.back() = width;
  auto y = at::empty(sizes, gate.options());
  auto *pg = gate.data_ptr<float>(), *pu = up.data_ptr<float>(), *py = y.data_ptr<float>();
  auto* pw = w.data_ptr<T>();
  for_blocks(rows, [&](int64_t first, int64_t count) {
    std::unique_ptr<T[]> gated(new T[count * inner]);
    const float *g = pg + first * inner, *u = pu + first * inner;
#pragma omp simd
    for (int64_t i = 0; i < count * inner; i++) store(g[i] * sigmoid(g[i]) * u[i], gated.get() + i);
    gemm(false, true, count, width, inner, 1, gated.get(), inner, pw, inner, 0, py + first * width, width);
  });
  return y;
}

template <typename T>
static variable_list backward(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& w, const at::Tensor& gradient) {
  int64_t inner = w.size(1), width = w.size(0), rows = gate.numel() / inner;
  Operand<T> dy(gradient);
  auto dgate = at::empty_like(gate), dup = at::empty_like(up), dw = at::empty(w.sizes(), gate.options());
  auto gated = at::empty({rows, inner}, w.options());
  auto *pg = gate.data_ptr<float>(), *pu = up.data_ptr<float>(), *pdg = dgate.data_ptr<float>(), *pdu = dup.data_ptr<float>();
  auto *pw = w.data_ptr<T>(), *ph = gated.data_ptr<T>();
  for_blocks(rows, [&](int64_t first, int64_t count) {
    int64_t at = first * inner;
    float *dg = pdg + at, *du = pdu + at;
    // The gradient of the gated rows passes through the place where that of the gate will be.
    gemm(false, false, count, inner, width, 1, dy.data + first * width, width, pw, inner, 0, dg, inner);
    const float *g = pg + at, *u = pu + at;
    T* h = ph + at;
#pragma omp simd
    for (int64_t i = 0; i < count * inner; i++) {
      float s = sigmoid(g[i]), silu = g[i] * s, d = dg[i];
      store(silu * u[i], h + i);
      du[i] = d * silu;
      dg[i] = d * u[i] * s * (1 + g[i] * (1 - s));
    }
  });
  gemm(true, false, width, inner, rows, 1, dy.data, width, ph, inner, 0, dw.data_ptr<float>(), inner);
  return {dgate, dup, dw, at::Tensor()};
}

struct SwiGluLinear : torch::autograd::Function<SwiGluLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_input, const at::Tensor& up_input, const at::Tensor& weight,
                            bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto gate = gate_input.contiguous(), up = up_input.contiguous(), w = in_bf16 ? operand<bf16>(weight) : operand<float>(weight);
    context->save_for_backward({gate, up, w});
    return in_bf16 ? tllm::forward<bf16>(gate, up, w) : tllm::forward<float>(gate, up, w);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto gradients_in = saved[2].scalar_type() == at::kBFloat16 ? &tllm::backward<bf16> : &tllm::backward<float>;
    return gradients_in(saved[0], saved[1], saved[2], gradients[0]);
  }
};

static at::Tensor swiglu_linear(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& weight, bool in_bf16) {
  TORCH_CHECK(gate.sizes() == up.sizes() && gate.size(-1) == weight.size(1), "gate and up [..., inner] and weight [width, inner] do not belong together");
  return device::holds(gate) ? device::swiglu_linear(gate, up, weight, in_bf16) : SwiGluLinear::apply(gate, up, weight, in_bf16);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def("swiglu_linear(Tensor gate, Tensor up, Tensor weight, bool bf16) -> Tensor", &swiglu_linear);
}

}  // namespace tllm
