"""Many slots per call in PyTorch: the way for GPUs, and for processors that native kernels do not serve.

Letters in shapes: K slots of a tile, B rows of a minibatch, T steps in time, S rows or steps that have a
target, D numbers, Q codes, H units, C outputs, P weights of a network.
"""
