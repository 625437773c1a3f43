"""How much each hyperparameter mattered in a study, at what values, and how sure that is."""
