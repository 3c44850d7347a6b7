"""Kernels of text: case, parts, padding, LIKE, quoting, format()."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "text_format.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] text_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in text_kernels()}
