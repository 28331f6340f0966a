// Compiles the text of the kernels where it is needed, by NVRTC, and runs them. Both libraries are found at run time: nothing of
// CUDA is needed to build this.
#include "device.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../shim.h"
#include "kernels_text.h"

namespace tllm::device {

static thread_local bool plays_a_device = false;

bool holds(const at::Tensor& tensor) { return plays_a_device || !tensor.is_cpu(); }

at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() == at::kFloat) return at::mm(a, b);
  if (a.is_cpu()) return at::mm(a.to(at::kFloat), b.to(at::kFloat));
  // From libtorch 2.8 on; older ones round the result.
  static const auto op = c10::Dispatcher::singleton().findSchema({"aten::mm", "dtype"});
  if (!op) return at::mm(a, b).to(at::kFloat);
  static const auto call = op->typed<at::Tensor(const at::Tensor&, const at::Tensor&, at::ScalarType)>();
  return call.call(a, b, at::kFloat);
}

namespace {

// The part of the driver and of NVRTC that is used, as both promise to keep it.
class Cuda {
 public:
  static Cuda& instance() {
    static auto* cuda = new Cuda;  // never destroyed: the driver may be gone before static objects are
    return *cuda;
  }

  void* function(const char* kernel) {
    int device, major, minor;
    check(context_device(&device), "cuCtxGetDevice");
    check(attribute(&major, kMajor, device), "cuDeviceGetAttribute");
    check(attribute(&minor, kMinor, device), "cuDeviceGetAttribute");
    std::lock_guard<std::mutex> lock(mutex_);
    auto& function = functions_[{device, kernel}];
    if (function) return function;
    auto [binary, name] = compile(kernel, "--gpu-architecture=sm_" + std::to_string(10 * major + minor));
    void* module;
    check(load_module(&module, binary.data()), "cuModuleLoadData");
    check(get_function(&function, module, name.c_str()), "cuModuleGetFunction");
    return function;
  }

  void launch(void* function, unsigned blocks, unsigned threads, void** arguments) {
    check(launch_kernel(function, blocks, 1, 1, threads, 1, 1, 0, nullptr, arguments, nullptr), "cuLaunchKernel");
  }

  // The device's code, and the name of the kernel in it.
  std::pair<std::vector<char>, std::string> compile(const char* kernel, const std::string& architecture) {
    void* program;
    check_compiler(create_program(&program, kKernels, "kernels.cu", 0, nullptr, nullptr), "nvrtcCreateProgram");
    check_compiler(add_name(program, kernel), "nvrtcAddNameExpression");
    const char* options[] = {architecture.c_str(), "--std=c++17"};
    size_t size;
    if (int error = compile_program(program, 2, options)) {
      log_size(program, &size);
      std::string log(size, ' ');
      get_log(program, log.data());
      TORCH_CHECK(false, "the kernel ", kernel, " was not compiled (", architecture, "): ", compiler_error(error), "\n", log);
    }
    const char* name;
    check_compiler(lowered_name(program, kernel, &name), "nvrtcGetLoweredName");
    std::string lowered = name;
    check_compiler(code_size(program, &size), "nvrtcGetCUBINSize");
    std::vector<char> code(size);
    check_compiler(get_code(program, code.data()), "nvrtcGetCUBIN");
    destroy_program(&program);
    return {code, lowered};
  }

 private:
  static constexpr int kMajor = 75, kMinor = 76;  // attributes: the compute capability

  Cuda() {
    // libtorch brings both under one roof; a plain installation has them apart.
    load({"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"});
    load({"libcuda.so.1"});
    find(create_program, "nvrtcCreateProgram");
    find(add_name, "nvrtcAddNameExpression");
    find(compile_program, "nvrtcCompileProgram");
    find(lowered_name, "nvrtcGetLoweredName");
    find(log_size, "nvrtcGetProgramLogSize");
    find(get_log, "nvrtcGetProgramLog");
    find(code_size, "nvrtcGetCUBINSize");
    find(get_code, "nvrtcGetCUBIN");
    find(destroy_program, "nvrtcDestroyProgram");
    find(compiler_error, "nvrtcGetErrorString");
    find(context_device, "cuCtxGetDevice");
    find(attribute, "cuDeviceGetAttribute");
    find(load_module, "cuModuleLoadData");
    find(get_function, "cuModuleGetFunction");
    find(launch_kernel, "cuLaunchKernel");
    find(driver_error, "cuGetErrorString");
  }

  void load(std::initializer_list<const char*> names) {
    for (auto* name : names)
      if (auto* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
        libraries_.push_back(library);
        return;
      }
    TORCH_CHECK(false, "none of ", c10::ArrayRef<const char*>(names), " could be loaded: ", dlerror());
  }

  template <typename F>
  void find(F& function, const char* name) {
    for (auto* library : libraries_)
      if ((function = reinterpret_cast<F>(dlsym(library, name)))) return;
    TORCH_CHECK(false, name, " was not found in NVRTC and the driver");
  }

  void check(int error, const char* what) {
    const char* text = "unknown error";
    if (error) driver_error(error, &text);
    TORCH_CHECK(!error, what, ": ", text);
  }
  void check_compiler(int error, const char* what) { TORCH_CHECK(!error, what, ": ", compiler_error(error)); }

  int (*create_program)(void**, const char* text, const char* name, int headers, const char**, const char**);
  int (*add_name)(void*, const char*);
  int (*compile_program)(void*, int options, const char**);
  int (*lowered_name)(void*, const char*, const char**);
  int (*log_size)(void*, size_t*);
  int (*get_log)(void*, char*);
  int (*code_size)(void*, size_t*);
  int (*get_code)(void*, char*);
  int (*destroy_program)(void**);
  const char* (*compiler_error)(int);
  int (*context_device)(int*);
  int (*attribute)(int*, int, int);
  int (*load_module)(void**, const void*);
  int (*get_function)(void**, void*, const char*);
  int (*launch_kernel)(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned shared, void* stream, void**, void**);
  int (*driver_error)(int, const char**);

  std::vector<void*> libraries_;
  std::mutex mutex_;
  std::map<std::pair<int, std::string>, void*> functions_;
};

}  // namespace

void launch(const char* kernel, at::Device device, int64_t blocks, int threads, void** arguments) {
  c10::DeviceGuard guard(device);
  // Kernels go to the default stream, which has the handle zero.
  TORCH_CHECK(c10::impl::VirtualGuardImpl(device.type()).getStream(device).id() == 0, kernel, " runs on the default stream of ", device, " alone");
  TORCH_CHECK(blocks <= INT32_MAX, kernel, ": ", blocks, " blocks are more than a device takes");
  auto& cuda = Cuda::instance();
  cuda.launch(cuda.function(kernel), static_cast<unsigned>(blocks), threads, arguments);
}

}  // namespace tllm::device

// What the thread does from now on with tensors of the processor, when there is a kernel for devices: take it.
TLLM_API void tllm_play_device(int on) { tllm::device::plays_a_device = on != 0; }

// Runs that begin alike shall end alike: operators of a device that add in an order that changes are replaced, or refuse.
TLLM_API int tllm_demand_equal_bits() {
  return tllm::guarded("demand_equal_bits", [] {
    at::globalContext().setDeterministicAlgorithms(true, false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
    at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
  });
}
