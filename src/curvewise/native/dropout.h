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

// keep (B, width) = 0 where a unit is silenced, else 1 / (1 - share). Elements are numbered by the true number of
// units, so that padding changes no mask.
void draw_mask(Drop drop, int64_t rows, int64_t units, int64_t width, float *keep) {
  const uint32_t key = key_of(drop.seed, drop.step, drop.layer);
  const Unsigned threshold = uint32_t(drop.share * 4294967296.0) - Unsigned{};
  const Vector kept = all(float(1.0 / (1.0 - drop.share)));
  const Unsigned steps = reinterpret_cast<Unsigned>(lane_numbers()) * WEYL;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < width; j += LANES) {
      const uint32_t element = uint32_t(i * units + j);
      const Unsigned hash = lowbias32(steps + (key + element * WEYL));
      store(keep + i * width + j, hash >= threshold ? kept : Vector{});
    }
}

// y = x * keep; may be in place.
void apply_mask(const float *x, const float *keep, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i += LANES) store(y + i, load(x + i) * load(keep + i));
}

}  // namespace
}  // namespace curvewise
