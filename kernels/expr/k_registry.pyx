"""Kernels that turn OIDs into names and names into OIDs."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "registry.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] registry_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in registry_kernels()}
