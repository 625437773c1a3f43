// Batch and layer normalisation, forward and backward: x^ = (x - mean) * rate, z = gain x^ + shift, where
// rate = 1 / sqrt(variance + 1e-5), over the minibatch's rows or over a row's units.
//
// For both, with g = dz * gain and the average taken over what the mean was taken over:
//   dx = rate * (g - average(g) - x^ average(g x^)),  dgain = column sums of dz x^,  dshift = column sums of dz.
#pragma once
#include "layout.h"
#include "vector.h"

namespace curvewise {
namespace {

constexpr float EPSILON = 1e-5f;         // torch's default for both
constexpr float RUNNING_MOMENTUM = 0.1f;  // torch's default: share of the new in the running statistics

struct Affine {
  const float *gain, *shift;  // (H) each
};

// z (B, H) = gain * ((x - mean) * rate) + shift, per column; x becomes x^.
void standardise_columns(float *x, float *z, int64_t rows, int64_t width, int64_t column, Vector mean, Vector rate,
                         Affine affine) {
  const Vector gain = load(affine.gain + column), shift = load(affine.shift + column);
  for (int64_t i = 0; i < rows; i++) {
    float *at = x + i * width + column;
    const Vector standard = (load(at) - mean) * rate;
    store(at, standard);
    store(z + i * width + column, gain * standard + shift);
  }
}

// Training: statistics of the minibatch; running ones move towards them (the variance unbiased, as torch does).
// rate (H) is kept for the way back.
void batch_norm(float *x, float *z, int64_t rows, int64_t width, Affine affine, float *running_mean,
                float *running_variance, float *rate) {
  const float share = 1.0f / float(rows), unbias = float(rows) / float(rows - 1);
  for (int64_t j = 0; j < width; j += LANES) {
    Vector mean = {}, variance = {};
    for (int64_t i = 0; i < rows; i++) mean += load(x + i * width + j);
    mean *= share;
    for (int64_t i = 0; i < rows; i++) {
      const Vector apart = load(x + i * width + j) - mean;
      variance += apart * apart;
    }
    variance *= share;
    const Vector r = 1.0f / square_root(variance + EPSILON);
    store(rate + j, r);
    standardise_columns(x, z, rows, width, j, mean, r, affine);
    const Vector old_mean = load(running_mean + j), old_variance = load(running_variance + j);
    store(running_mean + j, old_mean + RUNNING_MOMENTUM * (mean - old_mean));
    store(running_variance + j, old_variance + RUNNING_MOMENTUM * (variance * unbias - old_variance));
  }
}

// Evaluation: the running statistics.
void batch_norm_fixed(float *x, float *z, int64_t rows, int64_t width, Affine affine, const float *running_mean,
                      const float *running_variance) {
  for (int64_t j = 0; j < width; j += LANES) {
    const Vector r = 1.0f / square_root(load(running_variance + j) + EPSILON);
    standardise_columns(x, z, rows, width, j, load(running_mean + j), r, affine);
  }
}

// d: gradient with respect to z on entry, to x on return; standard: x^.
void batch_norm_backward(float *d, const float *standard, int64_t rows, int64_t width, const float *gain,
                         const float *rate, float *d_gain, float *d_shift) {
  const float share = 1.0f / float(rows);
  for (int64_t j = 0; j < width; j += LANES) {
    Vector along = {}, total = {};
    for (int64_t i = 0; i < rows; i++) {
      const Vector dz = load(d + i * width + j);
      along += dz * load(standard + i * width + j);
      total += dz;
    }
    store(d_gain + j, along);
    store(d_shift + j, total);
    const Vector scale = load(gain + j) * load(rate + j), average = total * share, average_along = along * share;
    for (int64_t i = 0; i < rows; i++) {
      float *at = d + i * width + j;
      store(at, scale * (load(at) - average - load(standard + i * width + j) * average_along));
    }
  }
}

// Pad columns of x are zero, so a row's sum needs no mask; its squared distances do (units: the true width).
void layer_norm(float *x, float *z, int64_t rows, int64_t units, int64_t width, Affine affine, float *rate) {
  const float share = 1.0f / float(units);
  for (int64_t i = 0; i < rows; i++) {
    float *row = x + i * width;
    Vector total = {}, squares = {};
    for (int64_t j = 0; j < width; j += LANES) total += load(row + j);
    const float mean = sum(total) * share;
    for (int64_t j = 0; j < width; j += LANES) store(row + j, load(row + j) - mean);
    for (int64_t j = units; j < width; j++) row[j] = 0.0f;
    for (int64_t j = 0; j < width; j += LANES) squares += load(row + j) * load(row + j);
    rate[i] = 1.0f / sqrtf(sum(squares) * share + EPSILON);
    for (int64_t j = 0; j < width; j += LANES) {
      const Vector standard = load(row + j) * rate[i];
      store(row + j, standard);
      store(z + i * width + j, load(affine.gain + j) * standard + load(affine.shift + j));
    }
  }
}

void layer_norm_backward(float *d, const float *standard, int64_t rows, int64_t units, int64_t width,
                         const float *gain, const float *rate, float *d_gain, float *d_shift) {
  const float share = 1.0f / float(units);
  memset(d_gain, 0, size_t(width) * sizeof(float));
  memset(d_shift, 0, size_t(width) * sizeof(float));
  for (int64_t i = 0; i < rows; i++) {
    float *row = d + i * width;
    const float *hat = standard + i * width;
    Vector total = {}, along = {};
    for (int64_t j = 0; j < width; j += LANES) {
      const Vector dz = load(row + j), x = load(hat + j), g = dz * load(gain + j);
      store(d_gain + j, load(d_gain + j) + dz * x);
      store(d_shift + j, load(d_shift + j) + dz);
      total += g;
      along += g * x;
    }
    const float average = sum(total) * share, average_along = sum(along) * share;
    for (int64_t j = 0; j < width; j += LANES) {
      const Vector g = load(row + j) * load(gain + j);
      store(row + j, rate[i] * (g - average - load(hat + j) * average_along));
    }
    for (int64_t j = units; j < width; j++) row[j] = 0.0f;
  }
}

}  // namespace
}  // namespace curvewise
