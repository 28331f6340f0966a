// SiLU(gate) ⊙ up in one pass; the backward pass recomputes the sigmoid instead of keeping it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "simd.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_input, const at::Tensor& up_input) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto gate = gate_input.contiguous(), up = up_input.contiguous();
    auto y = at::empty_like(gate);
    auto *pg = gate.data_ptr<float>(), *pu = up.data_ptr<float>(), *py = y.data_ptr<float>();
    at::parallel_for(0, y.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) py[i] = pg[i] * sigmoid(pg[i]) * pu[i];
    });
    context->save_for_backward({gate, up});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto dy = gradients[0].contiguous();
    auto dgate = at::empty_like(dy), dup = at::empty_like(dy);
    auto *pg = saved[0].data_ptr<float>(), *pu = saved[1].data_ptr<float>(), *pd = dy.data_ptr<float>();
    auto *pdg = dgate.data_ptr<float>(), *pdu = dup.data_ptr<float>();
    at::parallel_for(0, dy.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        float s = sigmoid(pg[i]);
        pdu[i] = pd[i] * pg[i] * s;
        pdg[i] = pd[i] * pu[i] * s * (1 + pg[i] * (1 - s));
      }
    });
    return {dgate, dup};
  }
};

static at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) { return SwiGlu::apply(gate, up); }

TORCH_LIBRARY_FRAGMENT(turkishllm, library) { library.def("swiglu(Tensor gate, Tensor up) -> Tensor", &swiglu); }

}  // namespace tllm
