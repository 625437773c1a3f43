// The vector layer: GCC's and Clang's vector extensions, so that one source serves every instruction set.
//
// LANES floats per vector: 16 with AVX-512, 8 with AVX2, 4 otherwise (SSE2, NEON). Google Highway would do the same
// with more instruction sets, but has no package that a wheel's isolated build can depend on (a system package only),
// and what is needed here is small: loads, stores, arithmetic, and comparisons that select.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

namespace curvewise {
namespace {

#if defined(CURVEWISE_LANES)  // for tests: any length is right on any processor, if slow
constexpr int LANES = CURVEWISE_LANES;
#elif defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef int32_t Integers __attribute__((vector_size(LANES * 4)));
typedef uint32_t Unsigned __attribute__((vector_size(LANES * 4)));
typedef float Unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define CURVEWISE_INLINE inline __attribute__((always_inline))

CURVEWISE_INLINE Vector load(const float *from) { return *reinterpret_cast<const Unaligned *>(from); }
CURVEWISE_INLINE void store(float *to, Vector value) { *reinterpret_cast<Unaligned *>(to) = value; }

// x - 0 is x even for x = -0, so the compiler folds it into a broadcast; x + 0 is not (-0 + 0 = +0), and costs an add.
CURVEWISE_INLINE Vector all(float x) { return x - Vector{}; }

// Both take the second argument where either is not a number: largest(limit, x) lets NaN through.
CURVEWISE_INLINE Vector largest(Vector limit, Vector x) { return limit > x ? limit : x; }
CURVEWISE_INLINE Vector smallest(Vector limit, Vector x) { return limit < x ? limit : x; }
CURVEWISE_INLINE Vector absolute(Vector x) { return reinterpret_cast<Vector>(reinterpret_cast<Integers>(x) & 0x7FFFFFFF); }

CURVEWISE_INLINE Vector square_root(Vector x) {
  Vector root;
  for (int i = 0; i < LANES; i++) root[i] = __builtin_sqrtf(x[i]);  // becomes one instruction
  return root;
}

// Across the lanes: a vector's quarters are combined while they are vectors, the last four lanes one by one.
typedef float Four __attribute__((vector_size(16)));

template <class Combine>
CURVEWISE_INLINE float across(Vector x, Combine combine) {
  Four part[LANES / 4];
  memcpy(part, &x, sizeof x);
  for (int half = LANES / 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) part[i] = combine(part[i], part[i + half]);
  const Four four = part[0];
  return combine(combine(four[0], four[2]), combine(four[1], four[3]));
}

struct Sum {
  template <class T>
  CURVEWISE_INLINE T operator()(T a, T b) const { return a + b; }
};
struct Maximum {
  template <class T>
  CURVEWISE_INLINE T operator()(T a, T b) const { return a > b ? a : b; }
};

CURVEWISE_INLINE float sum(Vector x) { return across(x, Sum{}); }
CURVEWISE_INLINE float maximum(Vector x) { return across(x, Maximum{}); }

// Eight floats whatever LANES is, for transposing 8 x 8 blocks; the compiler splits them where registers are narrower.
typedef float Eight __attribute__((vector_size(32)));
typedef float UnalignedEight __attribute__((vector_size(32), aligned(4), may_alias));

// Elements of a (0 to 7) and b (8 to 15), picked.
#if defined(__clang__)
#define CURVEWISE_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t EightIntegers __attribute__((vector_size(32)));
#define CURVEWISE_PICK(a, b, ...) __builtin_shuffle(a, b, EightIntegers{__VA_ARGS__})
#endif

// 0, 1, 2, ... LANES - 1
CURVEWISE_INLINE Integers lane_numbers() {
  Integers numbers;
  for (int i = 0; i < LANES; i++) numbers[i] = i;
  return numbers;
}

// Comparisons give -1 where they hold.
CURVEWISE_INLINE bool any(Integers holds) {
  int64_t words[LANES / 2], found = 0;
  memcpy(words, &holds, sizeof holds);
  for (int64_t word : words) found |= word;
  return found != 0;
}

}  // namespace
}  // namespace curvewise
