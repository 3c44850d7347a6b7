"""State of as-of joins. See cpp/asof.hpp."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Type, native_type


cdef extern from "asof.hpp" namespace "sabot" nogil:
    cdef cppclass AsOfKernel:
        AsOfKernel(vector[Type], vector[Type], vector[int64_t], vector[int64_t], int, cbool) except +
        Chunk step(const Chunk&, const Chunk&, cbool) except +
        Chunk drain(int) except +
        void restore(int, const Chunk&) except +
        int64_t rows()
        int64_t bytes()


cdef dict COMPARISONS = {"<": 0, "<=": 1, ">": 2, ">=": 3}


cdef class AsOfState:
    """Both sides in order of key and time. `comparison`: left time op right time."""

    cdef unique_ptr[AsOfKernel] kernel

    def __init__(self, left_types, right_types, left_keys, right_keys, left_time, right_time, comparison, cbool outer):
        cdef vector[Type] left, right
        for t in left_types:
            left.push_back(native_type(t))
        for t in right_types:
            right.push_back(native_type(t))
        self.kernel.reset(new AsOfKernel(
            left, right, (*left_keys, left_time), (*right_keys, right_time), COMPARISONS[comparison], outer))

    def step(self, Batch left, Batch right, cbool once):
        """Change of left ++ right rows for the changes of both sides (None: none), or None."""
        cdef Chunk a, b, out
        if left is not None:
            a = left.chunk
        if right is not None:
            b = right.chunk
        with nogil:
            out = self.kernel.get().step(a, b, once)
        return Batch.wrap(out) if out.length else None

    def drain(self, int side):
        cdef Chunk out = self.kernel.get().drain(side)
        return Batch.wrap(out) if out.length else None

    def restore(self, int side, Batch delta):
        with nogil:
            self.kernel.get().restore(side, delta.chunk)

    @property
    def rows(self):
        return self.kernel.get().rows()

    @property
    def nbytes(self):
        return self.kernel.get().bytes()
