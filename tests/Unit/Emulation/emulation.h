// The vocabulary of CUDA C++ for a CPU compiler: every thread of a block is a fiber, and they take turns wherever one waits for
// others.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>

#define __global__ inline
#define __device__
#define __shared__ static thread_local

namespace emulation {

struct Position {
  unsigned x;
};

extern thread_local Position threadIdx, blockIdx, blockDim;

// Runs the body once for every thread of every block, one block after the other.
void run(int64_t blocks, int threads, const std::function<void()>& body);

// Returns when all threads of the block that have not ended are here.
void __syncthreads();

// The value of the thread of the same warp whose number differs in these bits.
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

}  // namespace emulation
