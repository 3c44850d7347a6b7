"""Kernels of casts: numbers, text in and out, dates and times, nested values, typmods."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "cast.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] cast_kernels() except +

cdef extern from "length_calls.hpp" namespace "sabot":
    vector[KernelEntry] length_call_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    made = {e.name.decode(): <uintptr_t>e.fn for e in cast_kernels()}
    for e in length_call_kernels():
        made[e.name.decode()] = <uintptr_t>e.fn
    return made
