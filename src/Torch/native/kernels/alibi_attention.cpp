// Causal attention with linear biases and grouped key/value heads, a block of queries at a time: no matrix of all scores is
// ever stored. The backward pass recomputes the weights of a block from its saved log-sum-exp.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <limits>

#include "gemm.h"
#include "simd.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

static constexpr int64_t kQueriesPerBlock = 64;

struct Shape {
  int64_t batch, time, heads, kv_heads, size;
  int64_t group() const { return heads / kv_heads; }
  int64_t q_stride() const { return heads * size; }      // between two positions
  int64_t kv_stride() const { return kv_heads * size; }
  int64_t q_at(int64_t b, int64_t t, int64_t h) const { return ((b * time + t) * heads + h) * size; }
  int64_t kv_at(int64_t b, int64_t h) const { return (b * time * kv_heads + h) * size; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(size)); }
};

// One head's view of the operands.
template <typename T>
struct Head {
  const T *q, *k, *v;
  float slope;
};

// Scores of queries first … first + count against keys 0 … first + count, scaled, without bias.
template <typename T>
static void scores(const Shape& s, const Head<T>& head, int64_t first, int64_t count, float* out) {
  int64_t keys = first + count;
  gemm(false, true, count, keys, s.size, s.scale(), head.q + first * s.q_stride(), s.q_stride(), head.k, s.kv_stride(), 0, out, keys);
}

template <typename T>
static void attend(const Shape& s, const Head<T>& head, int64_t first, int64_t count, float* scratch, T* rounded, float* out,
                   float* log_sum) {
  int64_t keys = first + count;
  scores(s, head, first, count, scratch);
  for (int64_t r = 0; r < count; r++) {
    float* row = scratch + r * keys;
    int64_t i = first + r;
    float highest = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : highest)
    for (int64_t j = 0; j <= i; j++) {
      row[j] -= head.slope * static_cast<float>(i - j);
      highest = row[j] > highest ? row[j] : highest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j <= i; j++) {
      row[j] = fast_exp(row[j] - highest);
      sum += row[j];
    }
    float scale = 1 / sum;
#pragma omp simd
    for (int64_t j = 0; j <= i; j++) row[j] *= scale;
    std::fill(row + i + 1, row + keys, 0.0f);
    log_sum[i] = highest + std::log(sum);
  }
  const T* weights = reinterpret_cast<const T*>(scratch);
  if constexpr (!std::is_same_v<T, float>) {
    to_bf16(scratch, rounded, count * keys);
    weights = rounded;
  }
  gemm(false, false, count, s.size, keys, 1, weights, keys, head.v, s.kv_stride(), 0, out + first * s.q_stride(), s.q_stride());
}

template <typename T>
static void forward(const Shape& s, const float* q, const float* k, const float* v, const float* slopes, float* out, float* log_sum) {
  int64_t q_count = s.batch * s.time * s.q_stride(), kv_count = s.batch * s.time * s.kv_stride();
  Operand<T> oq(q, q_count), ok(k, kv_count), ov(v, kv_count);
  int64_t blocks = (s.time + kQueriesPerBlock - 1) / kQueriesPerBlock;
  at::parallel_for(0, s.batch * s.heads * blocks, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(kQueriesPerBlock * s.time);
    std::vector<T> rounded(std::is_same_v<T, float> ? 0 : scratch.size());
    for (int64_t task = begin; task < end; task++) {
      // Long blocks and short ones alternate, so that equal shares of tasks are equal work.
      int64_t pair = task % blocks, block = pair % 2 ? blocks - 1 - pair / 2 : pair / 2;
      int64_t b = task / blocks / s.heads, h = task / blocks % s.heads;
      int64_t kv = s.kv_at(b, h / s.group()), at = s.q_at(b, 0, h), first = block * kQueriesPerBlock;
      Head<T> head{oq.data + at, ok.data + kv, ov.data + kv, slopes[h]};
      attend(s, head, first, std::min(kQueriesPerBlock, s.time - first), scratch.data(), rounded.data(), out + at,
             log_sum + (b * s.heads + h) * s.time);
    }
  });
}

// Gradients of one query head; those of its key/value head are added to what other heads of the group left there.
template <typename T>
static void head_backward(const Shape& s, const Head<T>& head, const T* dout, const float* dout_exact, const float* out,
                          const float* log_sum, std::vector<float>& p, std::vector<float>& dp, std::vector<T>& tp, std::vector<T>& tdp,
                          float* dq, float* dk, float* dv) {
  for (int64_t first = 0; first < s.time; first += kQueriesPerBlock) {
    int64_t count = std::min(kQueriesPerBlock, s.time - first), keys = first + count;
    scores(s, head, first, count, p.data());
    gemm(false, true, count, keys, s.size, 1, dout + first * s.q_stride(), s.q_stride(), head.v, s.kv_stride(), 0, dp.data(), keys);
    for (int64_t r = 0; r < count; r++) {
      int64_t i = first + r;
      float *row = p.data() + r * keys, *drow = dp.data() + r * keys, dot = 0;
      const float *g = dout_exact + i * s.q_stride(), *o = out + i * s.q_stride();
      for (int64_t d = 0; d < s.size; d++) dot += g[d] * o[d];
      float shift = log_sum[i];
#pragma omp simd
      for (int64_t j = 0; j <= i; j++) {
        row[j] = fast_exp(row[j] - head.slope * static_cast<float>(i - j) - shift);
        drow[j] = row[j] * (drow[j] - dot);
      }
      std::fill(row + i + 1, row + keys, 0.0f);
      std::fill(drow + i + 1, drow + keys, 0.0f);
    }
    const T *weights = reinterpret_cast<const T*>(p.data()), *dscores = reinterpret_cast<const T*>(dp.data());
    if constexpr (!std::is_same_v<T, float>) {
      to_bf16(p.data(), tp.data(), count * keys);
      to_bf16(dp.data(), tdp.data(), count * keys);
      weights = tp.data();
      dscores = tdp.data();
    }
    gemm(false, false, count, s.size, keys, s.scale(), dscores, keys, head.k, s.kv_stride(), 0, dq + first * s.q_stride(), s.q_stride());
    gemm(true, false, keys, s.size, count, s.scale(), dscores, keys, head.q + first * s.q_stride(), s.q_stride(), 1, dk, s.kv_stride());
    gemm(true, false, keys, s.size, count, 1, weights, keys, dout + first * s.q_stride(), s.q_stride(), 1, dv, s.kv_stride());
  }
}

template <typename T>
static void backward(const Shape& s, const float* q, const float* k, const float* v, const float* slopes, const float* out,
                     const float* log_sum, const float* dout, float* dq, float* dk, float* dv) {
  int64_t q_count = s.batch * s.time * s.q_stride(), kv_count = s.batch * s.time * s.kv_stride();
  Operand<T> oq(q, q_count), ok(k, kv_count), ov(v, kv_count), od(dout, q_count);
  at::parallel_for(0, s.batch * s.kv_heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> p(kQueriesPerBlock * s.time), dp(p.size());
    std::vector<T> tp(std::is_same_v<T, float> ? 0 : p.size()), tdp(tp.size());
    for (int64_t task = begin; task < end; task++) {
      int64_t b = task / s.kv_heads, kv_head = task % s.kv_heads, kv = s.kv_at(b, kv_head);
      for (int64_t h = kv_head * s.group(); h < (kv_head + 1) * s.group(); h++) {
        int64_t at = s.q_at(b, 0, h);
        Head<T> head{oq.data + at, ok.data + kv, ov.data + kv, slopes[h]};
        head_backward(s, head, od.data + at, dout + at, out + at, log_sum + (b * s.heads + h) * s.time, p, dp, tp, tdp, dq + at, dk + kv, dv + kv);
      }
    }
  });
}

struct AlibiAttention : torch::autograd::Function<AlibiAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q_input, const at::Tensor& k_input, const at::Tensor& v_input,
                            const at::Tensor& slopes_input, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto q = q_input.contiguous(), k = k_input.contiguous(), v = v_input.contiguous(), slopes = slopes_input.contiguous();
    Shape s{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
    auto out = at::empty_like(q), log_sum = at::empty({s.batch, s.heads, s.time}, q.options());
    (in_bf16 ? tllm::forward<bf16> : tllm::forward<float>)(
        s, q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(), slopes.data_ptr<float>(), out.data_ptr<float>(),
        log_sum.data_ptr<float>());
    context->save_for_backward({q, k, v, slopes, out, log_sum});
    context->saved_data["bf16"] = in_bf16;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &q = saved[0], &k = saved[1], &v = saved[2], &slopes = saved[3], &out = saved[4], &log_sum = saved[5];
    auto dout = gradients[0].contiguous();
    Shape s{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
    auto dq = at::empty_like(q), dk = at::zeros_like(k), dv = at::zeros_like(v);
    (context->saved_data["bf16"].toBool() ? tllm::backward<bf16> : tllm::backward<float>)(
        s, q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(), slopes.data_ptr<float>(), out.data_ptr<float>(),
        log_sum.data_ptr<float>(), dout.data_ptr<float>(), dq.data_ptr<float>(), dk.data_ptr<float>(), dv.data_ptr<float>());
    return {dq, dk, dv, at::Tensor(), at::Tensor()};
  }
};

static at::Tensor alibi_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes, bool in_bf16) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && k.sizes() == v.sizes() && q.size(1) == k.size(1) && q.size(3) == k.size(3) &&
                  q.size(2) % k.size(2) == 0 && slopes.numel() == q.size(2),
              "q [b, t, heads, d], k and v [b, t, kv heads, d] and slopes [heads] do not belong together");
  return AlibiAttention::apply(q, k, v, slopes, in_bf16);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def("alibi_attention(Tensor q, Tensor k, Tensor v, Tensor slopes, bool bf16) -> Tensor", &alibi_attention);
}

}  // namespace tllm
