"""Mirrors of ``native/recurrent_abi.h``, field by field: what the kernels of recurrent networks are given."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_int64, c_uint64, c_void_p

from curvewise.cohort.kernels import NativeOptimization

MOST_LAYERS = 4


class NativeRecurrentRecipe(Structure):
    """``curvewise_recurrent_recipe``: what one slot trains."""

    _fields_ = (
        ("inputs", c_int64),
        ("columns", c_int64),
        ("cardinalities", c_void_p),
        ("dimensions", c_void_p),
        ("layers", c_int64),
        ("units", c_int64),
        ("outputs", c_int64),
        ("minibatch", c_int64),
        ("room", c_int64),
        ("cell", c_int32),
        ("per_step", c_int32),
        ("loss", c_int32),
        ("dropout", c_double),
        ("label_smoothing", c_double),
        ("input_noise", c_double),
        ("seed", c_uint64),
        ("optimization", NativeOptimization),
    )
    room: int


class NativeSequences(Structure):
    """``curvewise_sequences``: pointers to padded sequences."""

    _fields_ = (
        ("rows", c_int64),
        ("time", c_int64),
        ("longest", c_int64),
        ("numbers", c_void_p),
        ("categories", c_void_p),
        ("lengths", c_void_p),
        ("targets", c_void_p),
    )
