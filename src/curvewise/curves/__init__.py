"""What training looks like, from numbers alone."""
