"""Kernels of time with time zone, network addresses, ranges and the checks of domains."""

from libc.stdint cimport uintptr_t
from libcpp.vector cimport vector


cdef extern from "coded_functions.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] coded_kernels() except +

cdef extern from "range_functions.hpp" namespace "sabot::range_functions":
    vector[KernelEntry] range_kernels() except +


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    made = {e.name.decode(): <uintptr_t>e.fn for e in coded_kernels()}
    for e in range_kernels():
        made[e.name.decode()] = <uintptr_t>e.fn
    return made
