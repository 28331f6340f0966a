#include "gemm.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace tllm {

// oneDNN's plain interface: libtorch brings the library along, and these two need no header of it.
using Sgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t, float, float*,
                      int64_t);
using Bgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const bf16*, int64_t, const bf16*, int64_t, float, float*,
                      int64_t);

template <typename F>
static F find(const char* name) {
  auto* symbol = dlsym(RTLD_DEFAULT, name);
  if (!symbol)
    if (auto* library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_GLOBAL)) symbol = dlsym(library, name);
  return reinterpret_cast<F>(symbol);
}

// Where oneDNN is hidden inside libtorch, libtorch's own product does the work.
template <typename T>
static void by_libtorch(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const T* a, int64_t lda, const T* b,
                        int64_t ldb, float beta, float* c, int64_t ldc) {
  auto type = c10::CppTypeToScalarType<T>::value;
  auto view = [&](const T* data, bool transpose, int64_t rows, int64_t columns, int64_t ld) {
    auto* memory = const_cast<T*>(data);
    return transpose ? at::from_blob(memory, {rows, columns}, {1, ld}, type) : at::from_blob(memory, {rows, columns}, {ld, 1}, type);
  };
  auto product = at::mm(view(a, ta, m, k, lda), view(b, tb, k, n, ldb)).to(at::kFloat);
  auto out = at::from_blob(c, {m, n}, {ldc, 1}, at::kFloat);
  if (beta == 0) out.copy_(product.mul_(alpha));
  else out.mul_(beta).add_(product, alpha);
}

void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* b, int64_t ldb,
          float beta, float* c, int64_t ldc) {
  static const auto dnnl = find<Sgemm>("dnnl_sgemm");
  if (dnnl && dnnl(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) == 0) return;
  by_libtorch(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const bf16* a, int64_t lda, const bf16* b, int64_t ldb,
          float beta, float* c, int64_t ldc) {
  static const auto dnnl = find<Bgemm>("dnnl_gemm_bf16bf16f32");
  if (dnnl && dnnl(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) == 0) return;
  by_libtorch(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void to_bf16(const float* from, bf16* to, int64_t count) {
  at::parallel_for(0, count, 1 << 16, [&](int64_t begin, int64_t end) { store(from + begin, end - begin, to + begin); });
}

}  // namespace tllm
