"""Kernels of numeric and rw_int256."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "numeric_kernels.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] numeric_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in numeric_kernels()}
