// Matrix products on raw memory, row-major, accumulated in float32 whatever the operands are.
#pragma once
#include <ATen/ATen.h>
#include <c10/util/BFloat16.h>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>

namespace tllm {

using bf16 = c10::BFloat16;

// C = alpha · op(A) · op(B) + beta · C, C of m rows and n columns; a leading dimension is the distance between rows.
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
          const float* b, int64_t ldb, float beta, float* c, int64_t ldc);
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha, const bf16* a, int64_t lda,
          const bf16* b, int64_t ldb, float beta, float* c, int64_t ldc);

// Rounds to nearest, ties to even. Where the processor has an instruction for it, numbers below 1e-38 become zero.
void to_bf16(const float* from, bf16* to, int64_t count);

inline void store(float value, float* to) { *to = value; }
inline void store(float value, bf16* to) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  bool nan = (bits & 0x7fffffff) > 0x7f800000;
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  to->x = static_cast<uint16_t>(nan ? 0x7fc0 : rounded);
}

inline void store(const float* from, int64_t count, bf16* to) {
  int64_t i = 0;
#ifdef __AVX512BF16__
  for (; i + 16 <= count; i += 16)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from + i))));
#endif
  for (; i < count; i++) store(from[i], to + i);
}
inline void store(const float* from, int64_t count, float* to) {
  if (from != to) std::memcpy(to, from, count * sizeof(float));
}

// What a product of type T reads of a contiguous float32 tensor: itself, or a rounded copy.
template <typename T>
at::Tensor operand(const at::Tensor& values) {
  if constexpr (std::is_same_v<T, float>) {
    return values.contiguous();
  } else {
    auto from = values.contiguous();
    auto to = at::empty(from.sizes(), from.options().dtype(at::kBFloat16));
    to_bf16(from.data_ptr<float>(), to.data_ptr<bf16>(), from.numel());
    return to;
  }
}

template <typename T>
struct Operand {
  explicit Operand(const at::Tensor& values) : tensor(operand<T>(values)), data(tensor.data_ptr<T>()) {}
  at::Tensor tensor;
  const T* data;
};

}  // namespace tllm
