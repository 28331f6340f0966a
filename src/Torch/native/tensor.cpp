// Lifecycle and metadata of tensors.
#include <ATen/ATen.h>

#include "handle.h"
#include "shim.h"

using namespace tllm;

TLLM_API void tllm_release(void* handle) {
  c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(peek(handle));
}

TLLM_API void tllm_release_many(void** handles, int count) {
  for (int i = 0; i < count; i++) tllm_release(handles[i]);
}

// A second handle for the same tensor.
TLLM_API void* tllm_alias(void* handle) { return give(borrow(handle)); }

TLLM_API int tllm_dim(void* handle) { return static_cast<int>(peek(handle)->dim()); }

TLLM_API void tllm_sizes(void* handle, int64_t* sizes, int64_t* strides) {
  auto tensor = borrow(handle);
  for (int64_t i = 0; i < tensor.dim(); i++) {
    if (sizes) sizes[i] = tensor.size(i);
    if (strides) strides[i] = tensor.stride(i);
  }
}

TLLM_API int64_t tllm_numel(void* handle) { return peek(handle)->numel(); }
TLLM_API int tllm_dtype(void* handle) { return static_cast<int>(c10::typeMetaToScalarType(peek(handle)->dtype())); }
TLLM_API int64_t tllm_element_size(void* handle) { return static_cast<int64_t>(peek(handle)->itemsize()); }
TLLM_API int64_t tllm_storage_offset(void* handle) { return peek(handle)->storage_offset(); }
TLLM_API int tllm_is_contiguous(void* handle) { return peek(handle)->is_contiguous(); }

TLLM_API void tllm_device(void* handle, int* type, int* index) {
  auto device = peek(handle)->device();
  *type = static_cast<int>(device.type());
  *index = device.index();
}

// Address of the first element. The tensor keeps owning the memory.
TLLM_API int tllm_data(void* handle, void** data) {
  return guarded("data", [&] { *data = borrow(handle).data_ptr(); });
}

// A tensor on the CPU that owns a copy of the caller's elements.
TLLM_API int tllm_from_memory(const void* data, const int64_t* sizes, int dims, int dtype, void** handle) {
  return guarded("tensor", [&] {
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    auto view = at::from_blob(const_cast<void*>(data), c10::IntArrayRef(sizes, dims), options);
    *handle = give(view.clone());
  });
}
