"""Whole training steps compiled: one program for all sizes, numbers of slots and optimizers of a structure.

A step is traced and compiled by a process in the background, kept in a file of the cache folder, and called
without PyTorch's own interpreter. Until there is one, and where there is none, slots train uncompiled.
"""
