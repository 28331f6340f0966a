// A tensor crosses the border as its TensorImpl with one reference owned by the other side.
#pragma once
#include <ATen/core/Tensor.h>

namespace tllm {

inline void* give(at::Tensor tensor) { return tensor.unsafeReleaseTensorImpl(); }

// A tensor that shares the handle's object and takes a reference of its own.
inline at::Tensor borrow(void* handle) {
  auto* impl = static_cast<c10::TensorImpl*>(handle);
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(impl));
}

inline c10::TensorImpl* peek(void* handle) { return static_cast<c10::TensorImpl*>(handle); }

}  // namespace tllm
