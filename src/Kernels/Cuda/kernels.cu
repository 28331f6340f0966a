// CUDA kernels of the fused operators. Compiled with NVRTC for the device on first use, and by the tests for the CPU, which
// emulates a device (emulation.h).
//
// A warp or a block computes one row. The order of sums depends on the sizes alone.

typedef long long int64;

struct bf16 {
  unsigned short bits;
};

// The numbers of one 16-byte load.
template <typename T>
struct alignas(16) Pack {
  static constexpr int size = 16 / sizeof(T);
  T at[size];
};

__device__ inline float number(float x) { return x; }
__device__ inline float number(bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }

__device__ inline void store(float x, float* to) { *to = x; }
// Rounds to nearest, ties to even.
__device__ inline void store(float x, bf16* to) {
  unsigned bits = __float_as_uint(x);
  bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  to->bits = static_cast<unsigned short>(nan ? 0x7fc0u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

__device__ inline float warp_sum(float x) {
  for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xffffffffu, x, distance);
  return x;
}

// y = x · scale · weight with scale = 1/√(mean(x²) + eps): one warp per row.
__global__ void rms_norm_forward(const float* x, const float* weight, float* y, float* scale, int64 rows, int width, float eps) {
  int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  int64 row = static_cast<int64>(blockIdx.x) * warps + threadIdx.x / 32;
  if (row >= rows) return;
  const float* in = x + row * width;
  float squares = 0;
  for (int i = lane; i < width; i += 32) squares += in[i] * in[i];
  float s = 1 / sqrtf(warp_sum(squares) / width + eps);
  if (lane == 0) scale[row] = s;
  for (int i = lane; i < width; i += 32) y[row * width + i] = in[i] * s * weight[i];
}

// Several rows per block. Each block writes its part of the weight gradient to its own row of partial, [blocks, width].
__global__ void rms_norm_backward(const float* x, const float* weight, const float* scale, const float* dy, float* dx, float* partial,
                                  int64 rows, int width, int rows_per_block) {
  int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  int64 first = static_cast<int64>(blockIdx.x) * rows_per_block, last = first + rows_per_block < rows ? first + rows_per_block : rows;
  for (int64 row = first + threadIdx.x / 32; row < last; row += warps) {
    const float *in = x + row * width, *g = dy + row * width;
    float dot = 0, s = scale[row];
    for (int i = lane; i < width; i += 32) dot += g[i] * weight[i] * in[i];
    float mean = warp_sum(dot) * s * s / width;
    for (int i = lane; i < width; i += 32) dx[row * width + i] = s * (g[i] * weight[i] - in[i] * mean);
  }
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    float sum = 0;
    for (int64 row = first; row < last; row++) sum += dy[row * width + i] * x[row * width + i] * scale[row];
    partial[blockIdx.x * static_cast<int64>(width) + i] = sum;
  }
}

// gated = SiLU(gate) · up, and copies of gate and up for the backward pass: one block per row. Rows of gate and up are strided.
template <typename T>
__global__ void swiglu_forward(const float* gate, int64 gate_stride, const float* up, int64 up_stride, T* gated, T* kept_gate, T* kept_up, int inner) {
  const float *g = gate + blockIdx.x * gate_stride, *u = up + blockIdx.x * up_stride;
  int64 at = static_cast<int64>(blockIdx.x) * inner;
  for (int i = threadIdx.x; i < inner; i += blockDim.x) {
    store(g[i] / (1 + expf(-g[i])) * u[i], gated + at + i);
    store(g[i], kept_gate + at + i);
    store(u[i], kept_up + at + i);
  }
}

template <typename T>
__global__ void swiglu_backward(const T* gate, const T* up, const float* dgated, T* gated, float* dgate, float* dup, int64 count) {
  int64 i = static_cast<int64>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float g = number(gate[i]), u = number(up[i]), d = dgated[i], s = 1 / (1 + expf(-g)), silu = g * s;
  store(silu * u, gated + i);
  dup[i] = d * silu;
  dgate[i] = d * u * s * (1 + g * (1 - s));
}

// Σ e^(x - highest).
struct ExpSum {
  float highest, sum;
};

__device__ inline ExpSum joined(ExpSum a, ExpSum b) {
  float highest = a.highest > b.highest ? a.highest : b.highest;
  return {highest, a.sum * expf(a.highest - highest) + b.sum * expf(b.highest - highest)};
}

__device__ inline void add(ExpSum& to, float x) {
  if (x > to.highest) {
    to.sum *= expf(to.highest - x);
    to.highest = x;
  }
  to.sum += expf(x - to.highest);
}

__device__ inline ExpSum warp_joined(ExpSum a) {
  for (int distance = 16; distance > 0; distance /= 2)
    a = joined(a, {__shfl_xor_sync(0xffffffffu, a.highest, distance), __shfl_xor_sync(0xffffffffu, a.sum, distance)});
  return a;
}

// Computes the loss of a row of logits and, optionally, replaces the logits by the gradient of scale · loss: one block per row.
// Both are 0 for ignore_index. A target outside the vocabulary has the loss NaN, which ends the run.
template <typename T>
__global__ void cross_entropy(T* logits, const int64* targets, float* losses, int64 vocabulary, int64 ignore_index, float scale,
                              int gradient) {
  __shared__ ExpSum of_warps[32];
  T* row = logits + static_cast<int64>(blockIdx.x) * vocabulary;
  int64 target = targets[blockIdx.x], packs = vocabulary % Pack<T>::size == 0 ? vocabulary / Pack<T>::size : 0;
  bool counts = target != ignore_index, is_token = target >= 0 && target < vocabulary;
  float hit = is_token ? number(row[target]) : __uint_as_float(0x7fc00000u);

  ExpSum all{-3e38f, 0};
  for (int64 i = threadIdx.x; i < packs; i += blockDim.x) {
    Pack<T> pack = reinterpret_cast<Pack<T>*>(row)[i];
    for (int k = 0; k < Pack<T>::size; k++) add(all, number(pack.at[k]));
  }
  for (int64 i = packs * Pack<T>::size + threadIdx.x; i < vocabulary; i += blockDim.x) add(all, number(row[i]));

  all = warp_joined(all);
  int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  if (lane == 0) of_warps[threadIdx.x / 32] = all;
  __syncthreads();
  all = warp_joined(lane < warps ? of_warps[lane] : ExpSum{-3e38f, 0});

  if (threadIdx.x == 0) losses[blockIdx.x] = counts ? logf(all.sum) + all.highest - hit : 0;
  if (!gradient) return;
  float share = counts ? scale / all.sum : 0, at_target = counts ? scale : 0;
  for (int64 i = threadIdx.x; i < packs; i += blockDim.x) {
    Pack<T> pack = reinterpret_cast<Pack<T>*>(row)[i];
    for (int k = 0; k < Pack<T>::size; k++)
      store(share * expf(number(pack.at[k]) - all.highest) - (i * Pack<T>::size + k == target ? at_target : 0), pack.at + k);
    reinterpret_cast<Pack<T>*>(row)[i] = pack;
  }
  for (int64 i = packs * Pack<T>::size + threadIdx.x; i < vocabulary; i += blockDim.x)
    store(share * expf(number(row[i]) - all.highest) - (i == target ? at_target : 0), row + i);
}

__global__ void adamw(float* weight, const float* gradient, float* exp_avg, float* exp_avg_sq, int64 count, float decay_factor,
                      float step_size, float second_moment_scale, float beta1, float one_minus_beta1, float beta2,
                      float one_minus_beta2, float eps) {
  int64 i = static_cast<int64>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float g = gradient[i];
  float m = exp_avg[i] * beta1 + g * one_minus_beta1, v = exp_avg_sq[i] * beta2 + g * g * one_minus_beta2;
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  weight[i] = weight[i] * decay_factor - step_size * m / (sqrtf(v) * second_moment_scale + eps);
}
