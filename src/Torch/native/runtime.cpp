// The process: threads, random generators, devices, versions.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/version.h>

#include "handle.h"
#include "shim.h"

using namespace tllm;

TLLM_API const char* tllm_version() { return TORCH_VERSION; }

// libtorch's pool and the BLAS library's own are given the same size: two pools of different sizes fight for the cores.
TLLM_API void tllm_set_threads(int count) {
  at::set_num_threads(count);
  using SetThreads = void (*)(int);
  if (auto set_blas_threads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
    set_blas_threads(count);
}
TLLM_API int tllm_threads() { return at::get_num_threads(); }

TLLM_API int tllm_cuda_devices() {
  try {
#if TORCH_VERSION_MAJOR >= 2 && TORCH_VERSION_MINOR >= 4
    return at::globalContext().hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
#else
    return at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0;
#endif
  } catch (...) {
    return 0;
  }
}

TLLM_API int tllm_synchronize(int type, int index) {
  return guarded("synchronize", [&] {
    c10::impl::VirtualGuardImpl guard(static_cast<c10::DeviceType>(type));
    auto device = index < 0 ? guard.getDevice() : c10::Device(static_cast<c10::DeviceType>(type), index);
    guard.synchronizeStream(guard.getStream(device));
  });
}

// Generators. The default one of a device is asked for by type and index, an own one by its handle.

static at::Generator default_generator(int type, int index) {
  return at::globalContext().defaultGenerator(c10::Device(static_cast<c10::DeviceType>(type), index));
}

TLLM_API int tllm_manual_seed(int64_t seed) {
  return guarded("manual_seed", [&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

TLLM_API int tllm_get_rng_state(int type, int index, void** state) {
  return guarded("get_rng_state", [&] {
    auto generator = default_generator(type, index);
    std::lock_guard<std::mutex> lock(generator.mutex());
    *state = give(generator.get_state());
  });
}

TLLM_API int tllm_set_rng_state(int type, int index, void* state) {
  return guarded("set_rng_state", [&] {
    auto generator = default_generator(type, index);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
  });
}

TLLM_API int tllm_generator_new(int64_t seed, void** generator) {
  return guarded("Generator", [&] {
    *generator = new at::Generator(at::detail::createCPUGenerator(static_cast<uint64_t>(seed)));
  });
}

TLLM_API void tllm_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }

TLLM_API int tllm_generator_state(void* generator, void** state) {
  return guarded("Generator.get_state", [&] { *state = give(static_cast<at::Generator*>(generator)->get_state()); });
}

TLLM_API int tllm_generator_set_state(void* generator, void* state) {
  return guarded("Generator.set_state", [&] { static_cast<at::Generator*>(generator)->set_state(borrow(state)); });
}
