"""What the trials so far say of any configuration at any age: a Gaussian process over whole curves."""
