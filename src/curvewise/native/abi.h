// The plain C interface of the kernels; src/curvewise/cohort/kernels.py mirrors every struct.
//
// One slot is one row of floats (layout.h): a copy of the row is a copy of the slot. Nothing here
// allocates, keeps anything between calls or touches Python, so calls for different rows may run in
// as many threads as there are.
#pragma once
#include <stdint.h>

#define CURVEWISE_PUBLIC __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

enum { ACTIVATION_RELU, ACTIVATION_LEAKY_RELU, ACTIVATION_TANH, ACTIVATION_SIGMOID, ACTIVATION_GELU, ACTIVATION_SILU };
enum { NORMALISATION_NONE, NORMALISATION_BATCH, NORMALISATION_LAYER };
enum { LOSS_CROSS_ENTROPY, LOSS_SQUARED, LOSS_HUBER, LOSS_BINARY };
enum {
  OPTIMIZER_SGD,
  OPTIMIZER_MOMENTUM,
  OPTIMIZER_NESTEROV,
  OPTIMIZER_ADAGRAD,
  OPTIMIZER_RMSPROP,
  OPTIMIZER_ADAM,
  OPTIMIZER_ADAMW,
  OPTIMIZER_SCHEDULE_FREE
};
enum { CURVEWISE_MOST_LAYERS = 32, CURVEWISE_MOST_GROUPS = 34 };

// Nothing; gradient norm and update ratios; the gradients' noise and the dead units, too.
enum { MEASURED_NOTHING, MEASURED_USUALLY, MEASURED_IN_FULL };

// A stretch of a row's parameters; begins and ends at multiples of 16 floats.
typedef struct curvewise_span {
  int64_t offset, floats;
  int64_t group;  // of layers
  double rate;    // what the learning rate is multiplied by
  double decay;   // weight decay
} curvewise_span;

// How gradients become steps, whatever the network.
typedef struct curvewise_optimization {
  int32_t optimizer;
  double momentum, beta2, weight_decay;  // momentum or beta1; beta2 or alpha
  double clip;                           // largest L2 norm of the gradient; 0: none
  int64_t updates;                       // how many of ...
  const curvewise_span *update;          // ... the spans that are updated alike; null: decay before Extent::decayed
  int64_t groups;                        // how many of ...
  const curvewise_span *group;           // ... the spans of the groups of layers, whose updates are measured; may be null
  const float *shares;                   // of this epoch, (steps): c of schedule_free (optimizers.h), else null
  int64_t measured;                      // MEASURED_*, of this epoch
} curvewise_optimization;

// What one slot trains; constant over its life.
typedef struct curvewise_recipe {
  int64_t inputs;                // D, columns of numbers
  int64_t columns;               // Q, embedded category columns
  const int32_t *cardinalities;  // (Q) codes of each column
  const int32_t *dimensions;     // (Q) dimensions of each column's embedding
  int64_t layers;                // hidden layers, 0 .. CURVEWISE_MOST_LAYERS
  const int32_t *units;          // (layers)
  int64_t outputs;               // C classes or labels, or 1
  int64_t minibatch;             // rows per step
  int32_t activation, normalisation, loss;
  double dropout, label_smoothing;
  double input_noise;  // its unit, see input_noise.h
  uint64_t seed;       // its low 32 bits drive dropout and noise
  curvewise_optimization optimization;
} curvewise_recipe;

// Encoded rows, all arrays C-contiguous.
typedef struct curvewise_examples {
  int64_t rows;               // N
  const float *numbers;       // (N, D)
  const int32_t *categories;  // (N, Q)
  const void *targets;        // int64 (N) for cross-entropy, else float (N, C)
} curvewise_examples;

// What an epoch, or an evaluation, found.
typedef struct curvewise_report {
  int64_t steps;         // minibatch steps completed
  int64_t rows;          // examples that the sums are over
  double loss;           // summed over the rows: cross-entropy in nats, or squared error
  double error;          // summed: misclassified rows, or squared error
  double gradient_norm;  // L2 before clipping, mean over the last 8 steps
  double update_ratio;   // |w_after - w_before| / |w_before| of the last step
  int64_t finite;        // 0 where a loss or a weight was not finite; the epoch ended there
  double update_ratios[CURVEWISE_MOST_GROUPS];  // the same as update_ratio of each group
  double dead_units[CURVEWISE_MOST_LAYERS];     // share of each hidden layer's units; perceptrons, measured in full
  double mean_square;                           // of the last 8 gradients' L2 norms; measured in full, else 0
  double square_of_mean;                        // squared L2 norm of their mean
  double mean_share;                            // mean of 1 / rows over their minibatches
} curvewise_report;

// One named part of a row: a (rows, columns) matrix whose rows lie `stride` floats apart.
typedef struct curvewise_part {
  int64_t kind, layer;  // PART_*; index of the column, or of the layer
  int64_t offset, rows, columns, stride;
} curvewise_part;
enum { PART_EMBEDDING, PART_WEIGHT, PART_BIAS, PART_GAIN, PART_SHIFT, PART_MEAN, PART_VARIANCE };

// Floats of a whole row; of its first part (parameters and running statistics, all that outputs depend on).
CURVEWISE_PUBLIC int64_t curvewise_row_floats(const curvewise_recipe *recipe);
CURVEWISE_PUBLIC int64_t curvewise_model_floats(const curvewise_recipe *recipe);
// Floats of scratch memory that a call for this recipe needs; 64-byte aligned memory is fastest.
CURVEWISE_PUBLIC int64_t curvewise_workspace_floats(const curvewise_recipe *recipe);
// Fills `parts` (if not null) and returns how many there are.
CURVEWISE_PUBLIC int64_t curvewise_parts(const curvewise_recipe *recipe, curvewise_part *parts);

// Names of the compiled instruction sets, best first; null beyond the last. `usable`: 1 where this processor has it.
CURVEWISE_PUBLIC const char *curvewise_instructions(int64_t index);
CURVEWISE_PUBLIC int64_t curvewise_usable(int64_t index);

// Train one epoch in place. order: (steps x minibatch or fewer at the end) row numbers; rates: one learning rate
// per step; step: minibatch steps of the trial so far, which count the dropout masks; updates: steps of the optimizer
// since it began (Adam's t).
CURVEWISE_PUBLIC void curvewise_train_epoch(int64_t instructions, const curvewise_recipe *recipe, const curvewise_examples *examples,
                           float *row, const int32_t *order, const float *rates, int64_t step, int64_t updates, float *workspace,
                           curvewise_report *report);
// Outputs (N, C) of a row's model (null: not wanted), and its plain loss and error against the targets (null
// targets: not wanted): no dropout, running statistics, no label smoothing, squared error for Huber.
CURVEWISE_PUBLIC void curvewise_evaluate(int64_t instructions, const curvewise_recipe *recipe, const curvewise_examples *examples,
                        const float *row, float *outputs, float *workspace, curvewise_report *report);

#ifdef __cplusplus
}
#endif
