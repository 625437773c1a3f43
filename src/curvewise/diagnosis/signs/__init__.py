"""The signs: one file per family, each sign one function from what was observed to a finding."""
