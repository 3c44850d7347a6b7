"""Kernels of to_char, to_date, to_timestamp and to_number."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "to_char.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] format_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in format_kernels()}
