"""One by one in worker processes: for networks that neither native kernels nor stacking serve."""
