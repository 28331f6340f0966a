// The words of device code, as the processor understands them: every thread of a block is a fiber, and they take turns wherever
// one waits for others.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>

#define __global__ inline
#define __device__
#define __shared__ static thread_local

namespace tllm::device {

struct Position {
  unsigned x;
};

extern thread_local Position threadIdx, blockIdx, blockDim;

// Runs the body once for every thread of every block, one block after the other.
void emulate(int64_t blocks, int threads, const std::function<void()>& body);

// Returns when all threads of the block that have not ended are here.
void __syncthreads();

// The value that the thread of the same warp has whose number differs in these bits.
float __shfl_xor_sync(unsigned mask, float value, int bits);

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

}  // namespace tllm::device
