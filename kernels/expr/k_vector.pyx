"""Kernels of vectors: distances, arithmetic, casts."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "vector_functions.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] vector_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in vector_kernels()}
