// Matrix products on raw memory, row-major, accumulated in float32 whatever the operands are.
#pragma once
#include <c10/util/BFloat16.h>

#include <cstdint>
#include <vector>

namespace tllm {

using bf16 = c10::BFloat16;

// C = alpha · op(A) · op(B) + beta · C, C of m rows and n columns; a leading dimension is the distance between rows.
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
          const float* b, int64_t ldb, float beta, float* c, int64_t ldc);
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha, const bf16* a, int64_t lda,
          const bf16* b, int64_t ldb, float beta, float* c, int64_t ldc);

// Rounds to nearest, ties to even.
void to_bf16(const float* from, bf16* to, int64_t count);

// What a product of type T reads of float32 numbers: themselves, or a rounded copy.
template <typename T>
struct Operand;

template <>
struct Operand<float> {
  Operand(const float* values, int64_t) : data(values) {}
  const float* data;
};

template <>
struct Operand<bf16> {
  Operand(const float* values, int64_t count) : copy(count), data(copy.data()) { to_bf16(values, copy.data(), count); }
  std::vector<bf16> copy;
  const bf16* data;
};

}  // namespace tllm
