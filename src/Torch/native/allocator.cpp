// Large tensors of the processor live in one region of huge pages, and what they leave stays with the process: a step asks
// for the same sizes as the step before it, and memory given back to the system would be faulted in again and again.
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>
#include <sys/mman.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "shim.h"

namespace tllm {

static constexpr size_t kSmallest = 1 << 20;  // smaller tensors are left to malloc
// Sizes are odd multiples of lines of the cache, so that tensors begin at different places of their pages: if all began at
// the same one they would fight for the same sets of the cache.
static constexpr size_t kUnit = 17 * 65 * 64;

// Best fit, lowest address first; neighbours that are free become one.
class Region {
 public:
  Region() {
    // As much as the machine has. Pages take memory when they are first written.
    size_ = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE) / kUnit * kUnit;
    auto* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    base_ = static_cast<char*>(memory);
    madvise(base_, size_, MADV_HUGEPAGE);
    free(0, size_);
  }

  // Null when there is no room.
  void* take(size_t bytes) {
    size_t size = (bytes + kUnit - 1) / kUnit * kUnit;
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = by_size_.lower_bound({size, 0});
    if (found == by_size_.end()) return nullptr;
    auto [room, at] = *found;
    by_size_.erase(found);
    by_place_.erase(at);
    if (room > size) free(at + size, room - size);
    taken_[at] = size;
    return base_ + at;
  }

  // False when the block is not of this region.
  bool give_back(void* block) {
    if (!base_ || block < base_ || block >= base_ + size_) return false;
    std::lock_guard<std::mutex> lock(mutex_);
    size_t at = static_cast<char*>(block) - base_, size = taken_.at(at);
    taken_.erase(at);
    auto next = by_place_.lower_bound(at);
    if (next != by_place_.end() && next->first == at + size) {
      size += next->second;
      by_size_.erase({next->second, next->first});
      next = by_place_.erase(next);
    }
    if (next != by_place_.begin()) {
      auto before = std::prev(next);
      if (before->first + before->second == at) {
        at = before->first;
        size += before->second;
        by_size_.erase({before->second, before->first});
        by_place_.erase(before);
      }
    }
    free(at, size);
    return true;
  }

 private:
  void free(size_t at, size_t size) {
    by_place_[at] = size;
    by_size_.insert({size, at});
  }

  char* base_ = nullptr;
  size_t size_ = 0;
  std::mutex mutex_;
  std::map<size_t, size_t> by_place_;
  std::set<std::pair<size_t, size_t>> by_size_;
  std::unordered_map<size_t, size_t> taken_;
};

static Region& region() {
  static auto* instance = new Region;  // never destroyed: tensors may outlive static objects
  return *instance;
}

static void release(void* block) {
  if (block && !region().give_back(block)) c10::free_cpu(block);
}

struct RegionAllocator final : c10::Allocator {
#if TORCH_VERSION_MAJOR >= 2 && TORCH_VERSION_MINOR >= 3
  c10::DataPtr allocate(size_t bytes) override { return get(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
#else
  c10::DataPtr allocate(size_t bytes) const override { return get(bytes); }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static c10::DataPtr get(size_t bytes) {
    void* block = bytes >= kSmallest ? region().take(bytes) : nullptr;
    if (!block) block = c10::alloc_cpu(bytes);  // throws when there is no memory either
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
};

}  // namespace tllm

TLLM_API void tllm_keep_freed_memory() {
  static tllm::RegionAllocator allocator;
  c10::SetCPUAllocator(&allocator, 1);
  // The same for what is not a tensor: scratch memory of kernels and libraries.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
}
