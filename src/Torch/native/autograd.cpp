// Gradients: the engine, the leaf flags, the thread's mode.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "handle.h"
#include "shim.h"

using namespace tllm;

static std::vector<at::Tensor> borrow_all(void** handles, int count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int i = 0; i < count; i++) tensors.push_back(handles[i] ? borrow(handles[i]) : at::Tensor());
  return tensors;
}

TLLM_API int tllm_requires_grad(void* handle) { return borrow(handle).requires_grad(); }
TLLM_API int tllm_is_leaf(void* handle) { return borrow(handle).is_leaf(); }

TLLM_API int tllm_set_requires_grad(void* handle, int value) {
  return guarded("requires_grad", [&] { borrow(handle).set_requires_grad(value != 0); });
}

TLLM_API void* tllm_grad(void* handle) {
  auto grad = borrow(handle).grad();
  return grad.defined() ? give(grad) : nullptr;
}

TLLM_API int tllm_set_grad(void* handle, void* grad) {
  return guarded("grad", [&] { borrow(handle).mutable_grad() = grad ? borrow(grad) : at::Tensor(); });
}

TLLM_API int tllm_backward(void* handle, void* gradient, int retain_graph, int create_graph) {
  return guarded("backward", [&] {
    std::vector<at::Tensor> gradients;
    if (gradient) gradients.push_back(borrow(gradient));
    torch::autograd::backward({borrow(handle)}, gradients, retain_graph != 0, create_graph != 0);
  });
}

TLLM_API int tllm_autograd_grad(void** outputs, int output_count, void** inputs, int input_count, void** output_gradients,
                                int retain_graph, int create_graph, int allow_unused, void** gradients) {
  return guarded("autograd.grad", [&] {
    auto seeds = output_gradients ? borrow_all(output_gradients, output_count) : std::vector<at::Tensor>();
    auto result = torch::autograd::grad(borrow_all(outputs, output_count), borrow_all(inputs, input_count), seeds,
                                        retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (int i = 0; i < input_count; i++) gradients[i] = result[i].defined() ? give(result[i]) : nullptr;
  });
}

TLLM_API int tllm_grad_mode() { return c10::GradMode::is_enabled(); }
TLLM_API void tllm_set_grad_mode(int enabled) { c10::GradMode::set_enabled(enabled != 0); }
