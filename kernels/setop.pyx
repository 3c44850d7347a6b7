"""State of DISTINCT, EXCEPT, INTERSECT and of scalar subqueries. See cpp/setop.hpp."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Type, native_type


cdef extern from "setop.hpp" namespace "sabot" nogil:
    cdef cppclass SetKernel:
        SetKernel(const vector[Type]&, int) except +
        Chunk step(const Chunk&, const Chunk&, cbool) except +
        Chunk drain(int) except +
        void restore(int, const Chunk&) except +
        int64_t rows()
        int64_t bytes()
    cdef cppclass SingleKernel:
        SingleKernel(const vector[Type]&, const vector[int64_t]&) except +
        Chunk step(const Chunk&) except +
        Chunk drain() except +
        void restore(const Chunk&) except +
        int64_t rows()
        int64_t bytes()


DISTINCT, EXCEPT, EXCEPT_ALL, INTERSECT, INTERSECT_ALL = range(5)


cdef Batch found(Chunk chunk):
    return Batch.wrap(chunk) if chunk.length else None


cdef class SetState:
    """How often each row occurs left and right, and the rows shown for it."""

    cdef unique_ptr[SetKernel] kernel

    def __init__(self, types, int kind):
        cdef vector[Type] native
        for t in types:
            native.push_back(native_type(t))
        self.kernel.reset(new SetKernel(native, kind))

    def step(self, Batch left, Batch right, cbool logged=True):
        """Change of the result for the changes of both sides (None: none), or None."""
        cdef Chunk a, b, out
        if left is not None:
            a = left.chunk
        if right is not None:
            b = right.chunk
        with nogil:
            out = self.kernel.get().step(a, b, logged)
        return found(out)

    def drain(self, int side):
        return found(self.kernel.get().drain(side))

    def restore(self, int side, Batch delta):
        self.kernel.get().restore(side, delta.chunk)

    @property
    def rows(self):
        return self.kernel.get().rows()

    @property
    def nbytes(self):
        return self.kernel.get().bytes()


cdef class SingleState:
    """Rows per group; a group of several shows NULLs, marked by the last column."""

    cdef unique_ptr[SingleKernel] kernel

    def __init__(self, types, groups):
        cdef vector[Type] native
        cdef vector[int64_t] keys = groups
        for t in types:
            native.push_back(native_type(t))
        self.kernel.reset(new SingleKernel(native, keys))

    def step(self, Batch delta):
        """The change of the rows shown, or None."""
        cdef Chunk out
        with nogil:
            out = self.kernel.get().step(delta.chunk)
        return found(out)

    def drain(self):
        return found(self.kernel.get().drain())

    def restore(self, Batch delta):
        self.kernel.get().restore(delta.chunk)

    @property
    def rows(self):
        return self.kernel.get().rows()

    @property
    def nbytes(self):
        return self.kernel.get().bytes()
