// Numbers below the smallest normal float are flushed to zero inside a call, and only there.
//
// Adam's first moment of a unit that died shrinks below them after some 800 steps, and arithmetic on such numbers is
// up to a hundred times slower. The mode belongs to the thread, so it is set and put back around each call; compiling
// with -ffast-math would set it for the whole process when the library is loaded.
#pragma once
#include <stdint.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace curvewise {
namespace {

class FlushToZero {
 public:
#if defined(__x86_64__)
  FlushToZero() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }  // flush results, read operands as zero
  ~FlushToZero() { _mm_setcsr(before); }
#elif defined(__aarch64__)
  FlushToZero() {
    asm volatile("mrs %0, fpcr" : "=r"(before));
    asm volatile("msr fpcr, %0" ::"r"(before | (uint64_t(1) << 24)));
  }
  ~FlushToZero() { asm volatile("msr fpcr, %0" ::"r"(before)); }
#else
  FlushToZero() {}
#endif
  FlushToZero(const FlushToZero &) = delete;
  FlushToZero &operator=(const FlushToZero &) = delete;

 private:
#if defined(__x86_64__)
  unsigned before;
#elif defined(__aarch64__)
  uint64_t before;
#endif
};

}  // namespace
}  // namespace curvewise
