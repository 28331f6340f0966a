// Processes that train together: a store where they meet, and sums over all of them by libtorch's own process groups.
#include <ATen/ATen.h>
#include <torch/version.h>

#include <cstdlib>

#include "handle.h"
#include "shim.h"

#if defined(USE_C10D_GLOO) && !defined(TLLM_WITHOUT_COLLECTIVES)
#define TLLM_COLLECTIVES
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_NCCL) && !defined(TLLM_WITHOUT_NCCL) && __has_include(<nccl.h>) && __has_include(<cuda_runtime.h>)
#define TLLM_NCCL
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

using namespace tllm;

// Why tensors of a kind of device cannot be summed over processes; null when they can.
TLLM_API const char* tllm_collectives_missing(int device_type) {
#ifndef TLLM_COLLECTIVES
  return "this libtorch was built without gloo, or with a c10d of another shape than the C layer knows";
#else
  if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU) return nullptr;
#ifdef TLLM_NCCL
  return nullptr;
#else
  return "this libtorch was built without NCCL, or the headers nccl.h and cuda_runtime.h of its version were not found";
#endif
#endif
}

#ifdef TLLM_COLLECTIVES

using Milliseconds = std::chrono::milliseconds;
using StorePointer = c10::intrusive_ptr<c10d::Store>;

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif

static StorePointer& store_of(void* handle) { return *static_cast<StorePointer*>(handle); }

TLLM_API int tllm_store_open(const char* host, int port, int hosts, int64_t timeout, const char* prefix, void** store) {
  return guarded("store", [&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = hosts != 0;
    options.waitWorkers = false;
    options.timeout = Milliseconds(timeout);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    options.useLibUV = false;  // the default from here on, which not every build has
#endif
    auto shared = c10::make_intrusive<c10d::TCPStore>(host, options);
    *store = new StorePointer(c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(shared)));
  });
}

TLLM_API void tllm_store_close(void* store) { delete &store_of(store); }

TLLM_API int tllm_store_set(void* store, const char* key, const uint8_t* value, int length) {
  return guarded(key, [&] { store_of(store)->set(key, std::vector<uint8_t>(value, value + length)); });
}

// The value as a tensor of bytes. The key must be there.
TLLM_API int tllm_store_get(void* store, const char* key, void** value) {
  return guarded(key, [&] {
    auto bytes = store_of(store)->get(key);
    *value = give(at::from_blob(bytes.data(), {static_cast<int64_t>(bytes.size())}, at::kByte).clone());
  });
}

TLLM_API int tllm_store_has(void* store, const char* key, int* found) {
  return guarded(key, [&] { *found = store_of(store)->check({key}); });
}

TLLM_API int tllm_store_add(void* store, const char* key, int64_t amount, int64_t* sum) {
  return guarded(key, [&] { *sum = store_of(store)->add(key, amount); });
}

TLLM_API int tllm_store_delete(void* store, const char* key) {
  return guarded(key, [&] { store_of(store)->deleteKey(key); });
}

// gloo for what lies in ordinary memory, and NCCL beside it where the run's device is an NVIDIA one.
struct Collectives {
  c10::intrusive_ptr<Backend> host, device;
};

static std::shared_ptr<::gloo::transport::Device> network(const std::string& host) {
  if (const char* name = std::getenv("GLOO_SOCKET_IFNAME")) return c10d::ProcessGroupGloo::createDeviceForInterface(name);
  const bool loopback = host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
  return loopback ? c10d::ProcessGroupGloo::createDeviceForHostname(host) : c10d::ProcessGroupGloo::createDefaultDevice();
}

TLLM_API int tllm_collectives_open(void* store, const char* host, int rank, int size, int64_t timeout, int device_type, int device_index,
                                   void** collectives) {
  return guarded("collectives", [&] {
    auto group = std::make_unique<Collectives>();
    auto options = c10d::ProcessGroupGloo::Options::create(Milliseconds(timeout));
    options->devices.push_back(network(host));
    group->host = c10::make_intrusive<c10d::ProcessGroupGloo>(store_of(store), rank, size, options);
#ifdef TLLM_NCCL
    if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CUDA) {
      c10::DeviceGuard guard(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device_index < 0 ? 0 : device_index)));
      auto nccl = c10d::ProcessGroupNCCL::Options::create();
      nccl->timeout = Milliseconds(timeout);
      group->device = c10::make_intrusive<c10d::ProcessGroupNCCL>(
          c10::make_intrusive<c10d::PrefixStore>("nccl", store_of(store)), rank, size, nccl);
    }
#endif
    *collectives = group.release();
  });
}

TLLM_API void tllm_collectives_close(void* collectives) { delete static_cast<Collectives*>(collectives); }

TLLM_API int tllm_collectives_sum(void* collectives, void* tensor) {
  return guarded("sum over processes", [&] {
    auto* group = static_cast<Collectives*>(collectives);
    std::vector<at::Tensor> tensors{borrow(tensor)};
    auto& backend = tensors[0].is_cuda() ? group->device : group->host;
    TORCH_CHECK(backend, "no process group for ", tensors[0].device());
#ifdef TLLM_NCCL
    c10::OptionalDeviceGuard guard(tensors[0].device());
#endif
    backend->allreduce(tensors)->wait();
  });
}

#else

static int missing() {
  return guarded("collectives", [] { TORCH_CHECK(false, tllm_collectives_missing(0)); });
}

TLLM_API int tllm_store_open(const char*, int, int, int64_t, const char*, void**) { return missing(); }
TLLM_API void tllm_store_close(void*) {}
TLLM_API int tllm_store_set(void*, const char*, const uint8_t*, int) { return missing(); }
TLLM_API int tllm_store_get(void*, const char*, void**) { return missing(); }
TLLM_API int tllm_store_has(void*, const char*, int*) { return missing(); }
TLLM_API int tllm_store_add(void*, const char*, int64_t, int64_t*) { return missing(); }
TLLM_API int tllm_store_delete(void*, const char*) { return missing(); }
TLLM_API int tllm_collectives_open(void*, const char*, int, int, int64_t, int, int, void**) { return missing(); }
TLLM_API void tllm_collectives_close(void*) {}
TLLM_API int tllm_collectives_sum(void*, void*) { return missing(); }

#endif
