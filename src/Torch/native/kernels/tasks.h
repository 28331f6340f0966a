// Work shared out among threads a task at a time, so that a long task or a core taken away holds nobody up.
#pragma once
#include <ATen/Parallel.h>

#include <atomic>
#include <cstdint>

namespace tllm {

// Calls work(next) once in every thread; next() gives a task below count, each to one thread, and count when none is left.
// Tasks must not depend on each other, nor on who does them.
template <typename F>
void for_tasks(int64_t count, const F& work) {
  std::atomic<int64_t> taken{0};
  auto next = [&] { return std::min(taken.fetch_add(1, std::memory_order_relaxed), count); };
  int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t thread = begin; thread < end; thread++) work(next);
  });
}

}  // namespace tllm
