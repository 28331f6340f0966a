// Launches a kernel on the device that holds a tensor; on the processor, where it plays a device.
#pragma once
#include <ATen/core/Tensor.h>

#include <tuple>

#include "emulation.h"

namespace tllm::device {

#include "kernels.cu"

// True for tensors of a device, and for all tensors while the thread plays one.
bool holds(const at::Tensor& tensor);

// Text and name of a kernel, its type, and the function that plays it.
template <typename... P>
struct Kernel {
  const char* name;
  void (*emulated)(P...);
};

template <typename... P>
Kernel<P...> kernel(const char* name, void (*emulated)(P...)) {
  return {name, emulated};
}

#define TLLM_KERNEL(...) ::tllm::device::kernel(#__VA_ARGS__, &::tllm::device::__VA_ARGS__)

void launch(const char* kernel, at::Device device, int64_t blocks, int threads, void** arguments);

// Runs a kernel; its arguments are converted to the types that it takes.
template <typename... P, typename... A>
void launch(Kernel<P...> kernel, const at::Tensor& where, int64_t blocks, int threads, A... arguments) {
  static_assert(sizeof...(P) == sizeof...(A), "a kernel takes as many arguments as it was given");
  if (blocks == 0) return;
  std::tuple<P...> values{static_cast<P>(arguments)...};
  if (where.is_cpu()) {
    emulate(blocks, threads, [&] { std::apply(kernel.emulated, values); });
    return;
  }
  std::apply([&](auto&... value) {
    void* addresses[] = {&value...};
    launch(kernel.name, where.device(), blocks, threads, addresses);
  }, values);
}

// Where a tensor's numbers are, in the type that kernels know. Null for an undefined one.
template <typename T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

// a·b, accumulated and given in float32 whatever the operands are.
at::Tensor product(const at::Tensor& a, const at::Tensor& b);

// The type of the operands of a product.
inline at::ScalarType operand_type(bool in_bf16) { return in_bf16 ? at::kBFloat16 : at::kFloat; }

// The operators.
std::vector<at::Tensor> linears(const at::Tensor& x, at::TensorList weights, bool in_bf16);
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor swiglu_linear(const at::Tensor& gate, const at::Tensor& up, const at::Tensor& weight, bool in_bf16);
at::Tensor alibi_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes,
                           const c10::optional<at::Tensor>& starts);
at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignored,
                                double scale, bool in_bf16);
void adamw_(const at::Tensor& weight, const at::Tensor& gradient, const at::Tensor& mean, const at::Tensor& square, double learning_rate,
            double beta1, double beta2, double eps, double decay, int64_t step);

}  // namespace tllm::device
