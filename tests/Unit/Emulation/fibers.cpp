// One thread of the CPU in the part of all threads of a CUDA block.
#include <setjmp.h>
#include <ucontext.h>

#include <memory>
#include <vector>

#include "emulation.h"

namespace emulation {

thread_local Position threadIdx, blockIdx, blockDim;

static constexpr size_t kStack = 64 << 10;

namespace {

enum class State { Ready, AtBarrier, Ended };

struct Fiber {
  std::unique_ptr<char[]> stack{new char[kStack]};
  ucontext_t entry;
  jmp_buf here;
  State state;
  bool entered;
  float shown[2];      // what it shows to its warp, now and the time before
  unsigned shows;
};

// A context is entered once through ucontext, which sets up its stack, and then left and entered by jumps, which need no system
// call.
struct Block {
  std::vector<Fiber> fibers;
  const std::function<void()>* body;
  jmp_buf turn;
  unsigned current;

  void run(unsigned threads) {
    while (fibers.size() < threads) fibers.emplace_back();
    for (unsigned i = 0; i < threads; i++) {
      fibers[i].state = State::Ready;
      fibers[i].entered = false;
      fibers[i].shows = 0;
    }
    for (unsigned ended = 0; ended < threads;) {
      unsigned waiting = 0;
      for (unsigned i = 0; i < threads; i++) {
        if (fibers[i].state == State::Ready) {
          enter(i);
          if (fibers[i].state == State::Ended) ended++;
        }
        if (fibers[i].state == State::AtBarrier) waiting++;
      }
      if (waiting == threads - ended)
        for (unsigned i = 0; i < threads; i++)
          if (fibers[i].state == State::AtBarrier) fibers[i].state = State::Ready;
    }
  }

  void enter(unsigned thread) {
    current = threadIdx.x = thread;
    auto& fiber = fibers[thread];
    if (_setjmp(turn)) return;
    if (fiber.entered) _longjmp(fiber.here, 1);
    fiber.entered = true;
    getcontext(&fiber.entry);
    fiber.entry.uc_stack.ss_sp = fiber.stack.get();
    fiber.entry.uc_stack.ss_size = kStack;
    fiber.entry.uc_link = nullptr;
    makecontext(&fiber.entry, &Block::begin, 0);
    setcontext(&fiber.entry);
  }

  void leave(State state) {
    auto& fiber = fibers[current];
    fiber.state = state;
    if (state == State::Ended || !_setjmp(fiber.here)) _longjmp(turn, 1);
  }

  static void begin();
};

thread_local Block block;

void Block::begin() {
  (*block.body)();
  block.leave(State::Ended);
}

}  // namespace

void run(int64_t blocks, int threads, const std::function<void()>& body) {
  block.body = &body;
  blockDim.x = threads;
  for (int64_t i = 0; i < blocks; i++) {
    blockIdx.x = static_cast<unsigned>(i);
    block.run(threads);
  }
}

void __syncthreads() { block.leave(State::AtBarrier); }

// All threads of a warp take equally many turns, so that each has shown its value when the first comes back; what it showed the
// time before is kept for those that have not read it yet.
float __shfl_xor_sync(unsigned, float value, int bits) {
  auto& own = block.fibers[block.current];
  unsigned turn = own.shows++ % 2;
  own.shown[turn] = value;
  block.leave(State::Ready);
  return block.fibers[block.current ^ static_cast<unsigned>(bits)].shown[turn];
}

}  // namespace emulation
