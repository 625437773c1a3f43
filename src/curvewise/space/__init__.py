"""Which hyperparameters there are: their ranges, scales, priors, categories and defaults."""
