// The plain C interface of the kernels for recurrent networks; src/curvewise/cohort/recurrent_kernels.py mirrors every
// struct. The calls are those of abi.h, for another recipe and other examples.
#pragma once
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

// In the order of Cell in src/curvewise/cohort/families/recurrent_shape.py; families/cells.py has the equations.
enum {
  CELL_TANH,
  CELL_RELU,
  CELL_GRU,
  CELL_LSTM,
  CELL_LSTM_PEEPHOLE,
  CELL_LSTM_NIG,
  CELL_LSTM_NFG,
  CELL_LSTM_NOG,
  CELL_LSTM_NIAF,
  CELL_LSTM_NOAF,
  CELL_LSTM_CIFG,
  CELL_LSTM_FGR
};
enum { CURVEWISE_MOST_RECURRENT_LAYERS = 4 };

// What one slot trains; constant over its life, but for `room`.
typedef struct curvewise_recurrent_recipe {
  int64_t inputs;                // D, numbers of a step
  int64_t columns;               // Q, embedded codes of a step
  const int32_t *cardinalities;  // (Q) codes of each column
  const int32_t *dimensions;     // (Q) dimensions of each column's embedding
  int64_t layers;                // 1 .. CURVEWISE_MOST_RECURRENT_LAYERS
  int64_t units;                 // H, of every layer
  int64_t outputs;               // C classes or labels, or 1
  int64_t minibatch;             // sequences per step
  int64_t room;                  // steps of all sequences of a minibatch that a workspace holds; at least the longest's
  int32_t cell, per_step, loss;
  double dropout, label_smoothing;
  double input_noise;  // its unit, see input_noise.h
  uint64_t seed;       // its low 32 bits drive dropout and noise
  curvewise_optimization optimization;
} curvewise_recurrent_recipe;

// Sequences padded at their ends, all arrays C-contiguous. N * T is below 2^31.
typedef struct curvewise_sequences {
  int64_t rows, time;         // N, T
  int64_t longest;            // of `lengths`
  const float *numbers;       // (N, T, D)
  const int32_t *categories;  // (N, T, Q)
  const int32_t *lengths;     // (N) from 1 to T
  const void *targets;        // int64 (N) for cross-entropy, else float (N, C); of every step (N, T), (N, T, C)
} curvewise_sequences;

enum {
  PART_RECURRENT_EMBEDDING,
  PART_INPUT_WEIGHT,
  PART_RECURRENT_WEIGHT,
  PART_GATE_WEIGHT,
  PART_PEEPHOLES,
  PART_RECURRENT_BIAS,
  PART_CANDIDATE_BIAS,
  PART_OUTPUT_WEIGHT,
  PART_OUTPUT_BIAS
};

CURVEWISE_PUBLIC int64_t curvewise_recurrent_row_floats(const curvewise_recurrent_recipe *recipe);
CURVEWISE_PUBLIC int64_t curvewise_recurrent_model_floats(const curvewise_recurrent_recipe *recipe);
CURVEWISE_PUBLIC int64_t curvewise_recurrent_workspace_floats(const curvewise_recurrent_recipe *recipe);
CURVEWISE_PUBLIC int64_t curvewise_recurrent_parts(const curvewise_recurrent_recipe *recipe, curvewise_part *parts);
CURVEWISE_PUBLIC void curvewise_recurrent_train_epoch(int64_t instructions, const curvewise_recurrent_recipe *recipe,
                           const curvewise_sequences *examples, float *row, const int32_t *order, const float *rates,
                           int64_t step, int64_t updates, float *workspace, curvewise_report *report);
// outputs: (N, C), or (N, longest, C) where every step has one; what lies beyond a sequence's length is left as it was.
CURVEWISE_PUBLIC void curvewise_recurrent_evaluate(int64_t instructions, const curvewise_recurrent_recipe *recipe,
                        const curvewise_sequences *examples, const float *row, float *outputs, float *workspace,
                        curvewise_report *report);

#ifdef __cplusplus
}
#endif
