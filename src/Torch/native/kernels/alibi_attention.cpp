// Causal attention with linear biases and grouped key/value heads, a block of queries at a time: no matrix of all scores is
// ever stored. The backward pass recomputes the weights of a block from its saved log-sum-exp.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <limits>

#include "../device/device.h"
#include "gemm.h"
#include "simd.h"
#include "tasks.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

static constexpr int64_t kQueriesPerBlock = 64;
static constexpr int64_t kKeysPerTile = 512;
// Rows of scores whose distance is a large power of two would share a few lines of the cache.
static constexpr int64_t kPadding = 16;

struct Shape {
  int64_t batch, time, heads, kv_heads, size;
  int64_t group() const { return heads / kv_heads; }
  int64_t q_stride() const { return heads * size; }      // between two positions
  int64_t kv_stride() const { return kv_heads * size; }
  int64_t q_at(int64_t b, int64_t h) const { return (b * time * heads + h) * size; }
  int64_t kv_at(int64_t b, int64_t h) const { return (b * time * kv_heads + h / group()) * size; }
  int64_t blocks() const { return (time + kQueriesPerBlock - 1) / kQueriesPerBlock; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(size)); }
};

// Largest Euclidean norm of `size` numbers at `count` places; not finite when one of them is not.
static float largest_norm(const float* values, int64_t count, int64_t stride, int64_t size) {
  float largest = 0;
  for (int64_t i = 0; i < count; i++) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t d = 0; d < size; d++) squares += values[i * stride + d] * values[i * stride + d];
    if (!std::isfinite(squares)) return squares;
    largest = std::max(largest, squares);
  }
  return std::sqrt(largest);
}

// One head of one row of the batch.
template <typename T>
struct Head {
  Shape s;
  const T *q, *k, *v;
  float slope;
  const int64_t* starts;  // the first key each query may see; null when all may see the first
  int64_t reach;          // keys farther back than this have a weight of exactly zero

  const T* q_row(int64_t i) const { return q + i * s.q_stride(); }
  // Where the keys of a query begin. It never goes back from one query to the next.
  int64_t first_key(int64_t query) const { return std::max(query - reach, starts ? starts[query] : int64_t{0}); }

  // Scaled scores of queries first … first + count against keys from … to, without bias.
  void scores(int64_t first, int64_t count, int64_t from, int64_t to, float* out, int64_t ld) const {
    gemm(false, true, count, to - from, s.size, s.scale(), q_row(first), s.q_stride(), k + from * s.kv_stride(), s.kv_stride(), 0, out, ld);
  }
};

// For each head of each row, how far back a key may be before its weight is exactly zero. A query sees itself without
// penalty, so its log-sum-exp is at least that score, and no score is larger than the product of the largest norms: where
// the penalty exceeds twice that and what the exponential of a float can hold, nothing is left.
static std::vector<int64_t> reaches(const Shape& s, const at::Tensor& q, const at::Tensor& k, const float* slopes) {
  std::vector<int64_t> reach(s.batch * s.heads);
  at::parallel_for(0, reach.size(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      int64_t b = at / s.heads, h = at % s.heads;
      float bound = 1.02f * s.scale() * largest_norm(q.data_ptr<float>() + s.q_at(b, h), s.time, s.q_stride(), s.size) *
                    largest_norm(k.data_ptr<float>() + s.kv_at(b, h), s.time, s.kv_stride(), s.size);
      float keys = (88 + 2 * bound) / slopes[h];
      reach[at] = keys < s.time ? static_cast<int64_t>(keys) + 1 : s.time;
    }
  });
  return reach;
}

template <typename T>
static Head<T> head(const Shape& s, const Operand<T>& q, const Operand<T>& k, const Operand<T>& v, const float* slopes, const int64_t* starts,
                    const std::vector<int64_t>& reach, int64_t at) {
  int64_t b = at / s.heads, h = at % s.heads;
  return {s, q.data + s.q_at(b, h), k.data + s.kv_at(b, h), v.data + s.kv_at(b, h), slopes[h], starts ? starts + b * s.time : nullptr, reach[at]};
}

template <typename T>
static void attend(const Head<T>& head, int64_t first, int64_t count, float* scores, T* weights, float* out, float* log_sum) {
  const auto& s = head.s;
  int64_t from = std::max<int64_t>(0, head.first_key(first)), to = first + count, ld = to - from + kPadding;
  head.scores(first, count, from, to, scores, ld);
  float sums[kQueriesPerBlock];
  for (int64_t r = 0; r < count; r++) {
    float* row = scores + r * ld;
    T* w = weights + r * ld;
    int64_t i = first + r, begin = std::max(from, head.first_key(i)) - from, end = i + 1 - from;
    float highest = -std::numeric_limits<float>::infinity(), farthest = static_cast<float>(i - from);
#pragma omp simd reduction(max : highest)
    for (int64_t j = begin; j < end; j++) {
      row[j] -= head.slope * (farthest - static_cast<float>(j));
      highest = row[j] > highest ? row[j] : highest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = begin; j < end; j++) {
      row[j] = fast_exp(row[j] - highest);
      sum += row[j];
    }
    store(row + begin, end - begin, w + begin);
    std::fill(w, w + begin, T(0));
    std::fill(w + end, w + to - from, T(0));
    sums[r] = sum;
    log_sum[i] = highest + std::log(sum);
  }
  gemm(false, false, count, s.size, to - from, 1, weights, ld, head.v + from * s.kv_stride(), s.kv_stride(), 0, out + first * s.q_stride(), s.q_stride());
  for (int64_t r = 0; r < count; r++) {
    float share = 1 / sums[r], *row = out + (first + r) * s.q_stride();
    for (int64_t d = 0; d < s.size; d++) row[d] *= share;
  }
}

template <typename T>
static void forward(const Shape& s, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const float* slopes, const int64_t* starts,
                    float* out, float* log_sum) {
  Operand<T> oq(q), ok(k), ov(v);
  auto reach = reaches(s, q, k, slopes);
  int64_t heads = s.batch * s.heads, tasks = heads * s.blocks();
  for_tasks(tasks, [&](auto next) {
    int64_t most = kQueriesPerBlock * (s.time + kPadding);
    std::unique_ptr<float[]> scores(new float[most]);
    std::unique_ptr<T[]> rounded(std::is_same_v<T, float> ? nullptr : new T[most]);
    T* weights = std::is_same_v<T, float> ? reinterpret_cast<T*>(scores.get()) : rounded.get();
    for (int64_t task; (task = next()) < tasks;) {
      // The long blocks first.
      int64_t at = task % heads, first = (s.blocks() - 1 - task / heads) * kQueriesPerBlock, here = s.q_at(at / s.heads, at % s.heads);
      attend(head(s, oq, ok, ov, slopes, starts, reach, at), first, std::min(kQueriesPerBlock, s.time - first), scores.get(), weights,
             out + here, log_sum + at * s.time);
    }
  });
}

// The weights of some queries over some keys, and the gradients of their scores.
template <typename T>
struct Tile {
  std::unique_ptr<float[]> p{new float[kSize]}, dp{new float[kSize]};
  std::unique_ptr<T[]> rounded_p{float32 ? nullptr : new T[kSize]}, rounded_ds{float32 ? nullptr : new T[kSize]};
  T* weights() { return float32 ? reinterpret_cast<T*>(p.get()) : rounded_p.get(); }
  T* dscores() { return float32 ? reinterpret_cast<T*>(dp.get()) : rounded_ds.get(); }
  static constexpr int64_t ld = kKeysPerTile + kPadding, kSize = kQueriesPerBlock * ld;
  static constexpr bool float32 = std::is_same_v<T, float>;
};

// Gradients of one query head; dk and dv are its own, [time, size] each, and begin as zeros.
template <typename T>
static void head_backward(const Head<T>& head, const T* dout, const float* exact_dout, const float* out, const float* log_sum, Tile<T>& tile,
                          float* dq, float* dk, float* dv) {
  const auto& s = head.s;
  constexpr int64_t ld = Tile<T>::ld;
  T *weights = tile.weights(), *dscores = tile.dscores();
  for (int64_t first = 0; first < s.time; first += kQueriesPerBlock) {
    int64_t count = std::min(kQueriesPerBlock, s.time - first), begin = std::max<int64_t>(0, head.first_key(first)), end = first + count;
    float dots[kQueriesPerBlock];
    for (int64_t r = 0; r < count; r++) {
      const float *g = exact_dout + (first + r) * s.q_stride(), *o = out + (first + r) * s.q_stride();
      float dot = 0;
#pragma omp simd reduction(+ : dot)
      for (int64_t d = 0; d < s.size; d++) dot += g[d] * o[d];
      dots[r] = dot;
    }
    for (int64_t from = begin; from < end; from += kKeysPerTile) {
      int64_t to = std::min(end, from + kKeysPerTile), keys = to - from;
      const T *k = head.k + from * s.kv_stride(), *v = head.v + from * s.kv_stride(), *g = dout + first * s.q_stride();
      head.scores(first, count, from, to, tile.p.get(), ld);
      gemm(false, true, count, keys, s.size, 1, g, s.q_stride(), v, s.kv_stride(), 0, tile.dp.get(), ld);
      for (int64_t r = 0; r < count; r++) {
        int64_t i = first + r, seen = std::min(to, i + 1) - from, hidden = std::min(keys, std::max<int64_t>(0, head.first_key(i) - from));
        seen = std::max(seen, hidden);
        float *row = tile.p.get() + r * ld, *drow = tile.dp.get() + r * ld;
        T *w = weights + r * ld, *ds = dscores + r * ld;
        float shift = log_sum[i], dot = dots[r], farthest = static_cast<float>(i - from);
#pragma omp simd
        for (int64_t j = hidden; j < seen; j++) {
          row[j] = fast_exp(row[j] - head.slope * (farthest - static_cast<float>(j)) - shift);
          drow[j] = row[j] * (drow[j] - dot);
        }
        store(row + hidden, seen - hidden, w + hidden);
        store(drow + hidden, seen - hidden, ds + hidden);
        std::fill(w, w + hidden, T(0));
        std::fill(ds, ds + hidden, T(0));
        std::fill(w + seen, w + keys, T(0));
        std::fill(ds + seen, ds + keys, T(0));
      }
      gemm(false, false, count, s.size, keys, s.scale(), dscores, ld, k, s.kv_stride(), from == begin ? 0 : 1, dq + first * s.q_stride(), s.q_stride());
      gemm(true, false, keys, s.size, count, s.scale(), dscores, ld, head.q_row(first), s.q_stride(), 1, dk + from * s.size, s.size);
      gemm(true, false, keys, s.size, count, 1, weights, ld, g, s.q_stride(), 1, dv + from * s.size, s.size);
    }
  }
}

template <typename T>
static void backward(const Shape& s, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const float* slopes, const int64_t* starts,
                     const float* out, const float* log_sum, const at::Tensor& gradient, float* dq, float* dk, float* dv) {
  Operand<T> oq(q), ok(k), ov(v), od(gradient);
  const float* dout = gradient.data_ptr<float>();
  auto reach = reaches(s, q, k, slopes);
  int64_t heads = s.batch * s.heads;
  for_tasks(heads, [&](auto next) {
    Tile<T> tile;
    for (int64_t task; (task = next()) < heads;) {
      // The heads that look far first: their slopes are the last ones.
      int64_t head_at = s.heads - 1 - task / s.batch, b = task % s.batch, index = b * s.heads + head_at, at = s.q_at(b, head_at),
              own = index * s.time * s.size;
      head_backward(head(s, oq, ok, ov, slopes, starts, reach, index), od.data + at, dout + at, out + at, log_sum + index * s.time, tile,
                    dq + at, dk + own, dv + own);
    }
  });
}

struct AlibiAttention : torch::autograd::Function<AlibiAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q_input, const at::Tensor& k_input, const at::Tensor& v_input,
                            const at::Tensor& slopes_input, const c10::optional<at::Tensor>& starts_input, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto q = q_input.contiguous(), k = k_input.contiguous(), v = v_input.contiguous(), slopes = slopes_input.contiguous();
    auto starts = starts_input ? starts_input->contiguous() : at::Tensor();
    Shape s{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
    auto out = at::empty_like(q), log_sum = at::empty({s.batch, s.heads, s.time}, q.options());
    (in_bf16 ? tllm::forward<bf16> : tllm::forward<float>)(
        s, q, k, v, slopes.data_ptr<float>(), starts.defined() ? starts.data_ptr<int64_t>() : nullptr, out.data_ptr<float>(),
        log_sum.data_ptr<float>());
    context->save_for_backward({q, k, v, slopes, starts, out, log_sum});
    context->saved_data["bf16"] = in_bf16;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &q = saved[0], &k = saved[1], &v = saved[2], &slopes = saved[3], &starts = saved[4], &out = saved[5], &log_sum = saved[6];
    auto dout = gradients[0].contiguous();
    Shape s{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)};
    auto dq = at::empty_like(q);
    auto dk = at::zeros({s.batch, s.kv_heads, s.group(), s.time, s.size}, q.options()), dv = at::zeros_like(dk);
    (context->saved_data["bf16"].toBool() ? tllm::backward<bf16> : tllm::backward<float>)(
        s, q, k, v, slopes.data_ptr<float>(), starts.defined() ? starts.data_ptr<int64_t>() : nullptr, out.data_ptr<float>(),
        log_sum.data_ptr<float>(), dout, dq.data_ptr<float>(), dk.data_ptr<float>(), dv.data_ptr<float>());
    // Heads that share a key/value head each had gradients of their own, so that they could work at the same time.
    auto shared = [](const at::Tensor& of_heads) { return of_heads.sum(2).transpose(1, 2).contiguous(); };
    return {dq, shared(dk), shared(dv), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

static at::Tensor alibi_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& slopes,
                                  const c10::optional<at::Tensor>& starts, bool in_bf16) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && k.sizes() == v.sizes() && q.size(1) == k.size(1) && q.size(3) == k.size(3) &&
                  q.size(2) % k.size(2) == 0 && slopes.numel() == q.size(2),
              "q [b, t, heads, d], k and v [b, t, kv heads, d] and slopes [heads] do not belong together");
  TORCH_CHECK(!starts || (starts->dim() == 2 && starts->size(0) == q.size(0) && starts->size(1) == q.size(1)), "starts is not [b, t]");
  if (device::holds(q)) {
    TORCH_CHECK(in_bf16, "attention of a device multiplies in bfloat16");
    return device::alibi_attention(q, k, v, slopes, starts);
  }
  return AlibiAttention::apply(q, k, v, slopes, starts, in_bf16);
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def("alibi_attention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool bf16) -> Tensor", &alibi_attention);
}

}  // namespace tllm
