"""Kernels of text: case, parts, padding, LIKE, quoting, format(), normal forms (by unicodedata)."""

import unicodedata

from libc.stdint cimport uintptr_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector


cdef extern from "text_format.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] text_kernels() except +
    ctypedef cbool (*Normalizer)(const char*, size_t, int, string*) noexcept
    Normalizer& normalizer()


cdef cbool _normalize(const char* text, size_t size, int form, string* out) noexcept with gil:
    try:
        made = unicodedata.normalize(("NFC", "NFD", "NFKC", "NFKD")[form], text[:size].decode())
        out[0] = made.encode()
    except ValueError:
        return False
    return True


(&normalizer())[0] = _normalize


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in text_kernels()}
