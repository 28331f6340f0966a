// Elementary functions that the compiler turns into vector code inside a loop.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace tllm {

// e^x to about one unit in the last place, 0 below -87.3, NaN for NaN. Cephes' polynomial (Moshier), branch-free.
inline float fast_exp(float x) {
  float clamped = x < -87.336548f ? -87.336548f : x;
  clamped = clamped > 88.376259f ? 88.376259f : clamped;
  float n = __builtin_rintf(clamped * 1.44269504088896341f);
  float r = clamped - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  int32_t exponent = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &exponent, sizeof power);
  return x < -87.336548f ? 0.0f : p * power;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + fast_exp(-x)); }

}  // namespace tllm
