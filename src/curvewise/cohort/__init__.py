"""Many networks trained side by side: what is computed, and how it is executed."""
