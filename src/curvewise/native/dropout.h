// Dropout masks from a counter and a hash: a mask depends on (seed, step, layer, place) alone, so every way of training
// draws the same, and no generator's state is carried (src/curvewise/cohort/dropout.py is the specification).
#pragma once
#include "layout.h"
#include "vector.h"

namespace curvewise {
namespace {

// lowbias32 of Wellons (https://github.com/skeeto/hash-prospector): a good 32-bit hash of two multiplications.
template <class Word>
CURVEWISE_INLINE Word lowbias32(Word x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

constexpr uint32_t WEYL = 0x9E3779B9U;  // 2^32 / golden ratio

// What the hashes of a step's layer begin with.
inline uint32_t key_of(uint64_t seed, int64_t step, int64_t layer) {
  return lowbias32(uint32_t(seed) ^ lowbias32(uint32_t(step * 64 + layer)));
}

struct Drop {
  uint64_t seed;
  int64_t step, layer;
  double share;  // of units silenced, [0, 1)
};

// The masks of one layer in one step.
class Masks {
 public:
  explicit Masks(Drop drop)
      : key(key_of(drop.seed, drop.step, drop.layer)),
        threshold(uint32_t(drop.share * 4294967296.0) - Unsigned{}),
        kept(all(float(1.0 / (1.0 - drop.share)))),
        steps(reinterpret_cast<Unsigned>(lane_numbers()) * WEYL) {}

  // keep (width) = 0 where a unit is silenced, else 1 / (1 - share), of elements numbered from `first`.
  CURVEWISE_INLINE void draw(uint32_t first, int64_t width, float *keep) const {
    for (int64_t j = 0; j < width; j += LANES) {
      const Unsigned hash = lowbias32(steps + (key + (first + uint32_t(j)) * WEYL));
      store(keep + j, hash >= threshold ? kept : Vector{});
    }
  }

 private:
  uint32_t key;
  Unsigned threshold;
  Vector kept;
  Unsigned steps;
};

// keep (B, width) of a whole minibatch. Elements are numbered by the true number of units, so that padding changes no
// mask.
inline void draw_mask(Drop drop, int64_t rows, int64_t units, int64_t width, float *keep) {
  const Masks masks(drop);
  for (int64_t i = 0; i < rows; i++) masks.draw(uint32_t(i * units), width, keep + i * width);
}

// y = x * keep; may be in place.
void apply_mask(const float *x, const float *keep, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i += LANES) store(y + i, load(x + i) * load(keep + i));
}

}  // namespace
}  // namespace curvewise
