"""What to train next, and when to stop: decisions out of the history, nothing else."""
