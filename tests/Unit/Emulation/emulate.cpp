// kernels.cu compiled for the CPU, and one C function that runs its kernels by name.
#include <string>
#include <unordered_map>
#include <utility>

#include "emulation.h"

namespace emulation {

#include "kernels.cu"

namespace {

using Launch = std::function<void(int64_t, int, void**)>;

// Each argument is read as the type that the kernel declares for it, as the driver of a device does.
template <typename... P, size_t... I>
Launch launch(void (*kernel)(P...), std::index_sequence<I...>) {
  return [kernel](int64_t blocks, int threads, void** arguments) {
    run(blocks, threads, [&] { kernel(*static_cast<P*>(arguments[I])...); });
  };
}

template <typename... P>
Launch launch(void (*kernel)(P...)) {
  return launch(kernel, std::index_sequence_for<P...>());
}

#define KERNEL(...) {#__VA_ARGS__, launch(&__VA_ARGS__)}

const std::unordered_map<std::string, Launch>& kernels() {
  static const std::unordered_map<std::string, Launch> all{
      KERNEL(rms_norm_forward),    KERNEL(rms_norm_backward),      KERNEL(adamw),
      KERNEL(swiglu_forward<bf16>), KERNEL(swiglu_forward<float>), KERNEL(swiglu_backward<bf16>), KERNEL(swiglu_backward<float>),
      KERNEL(cross_entropy<bf16>), KERNEL(cross_entropy<float>),
  };
  return all;
}

}  // namespace
}  // namespace emulation

// 0, or 1 where there is no such kernel. The type of `blocks` is that of a grid on a device, which the caller has checked.
extern "C" int emulate(const char* kernel, long long blocks, int threads, void** arguments) {
  auto found = emulation::kernels().find(kernel);
  if (found == emulation::kernels().end()) return 1;
  found->second(blocks, threads, arguments);
  return 0;
}
