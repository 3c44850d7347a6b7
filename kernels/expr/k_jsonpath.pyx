"""Kernels of jsonpath: jsonb_path_*, @? and @@."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "jsonpath_kernels.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] jsonpath_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in jsonpath_kernels()}
