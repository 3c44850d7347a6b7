"""Memory of a temporal join with a retractable left side. See cpp/temporal_join.hpp."""

from cython.operator cimport dereference as deref
from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Column, Type, native_type

from .errors import InternalError
from .types import BOOL, INT8


cdef extern from "temporal_join.hpp" namespace "sabot" nogil:
    cdef cppclass NativeStore "sabot::RowStore":
        NativeStore(vector[Type], vector[int64_t], cbool) except +
        int64_t apply(const Chunk&, cbool) except +
        void compact() except +
        int64_t rows()
        int64_t bytes()
    cdef cppclass ChangeLog:
        void add(const Chunk&) except +
        Chunk drain() except +
    int64_t greatest(const Column&)
    int64_t take_back(NativeStore&, const Chunk&, size_t, Chunk&, Chunk&) except +


cdef class TemporalMemory:
    """Output rows by the left row that produced them. `types`: the columns of the output, left ones first."""

    cdef unique_ptr[NativeStore] store
    cdef ChangeLog log
    cdef size_t width
    cdef int64_t generation

    def __init__(self, types, int left_width):
        cdef vector[Type] native
        cdef vector[int64_t] key = range(left_width)
        for t in (*types, INT8, BOOL):
            native.push_back(native_type(t))
        self.width = len(types)
        self.store.reset(new NativeStore(native, key, False))

    def remember(self, Batch rows, cbool marks):
        """Marks of arrived left rows (padded to the output's width), then what they produced; weighted."""
        if marks:
            self.generation += 1
        cdef Batch known = rows.hstack(Batch.repeat(INT8, self.generation, len(rows))).hstack(
            Batch.repeat(BOOL, marks, len(rows)))
        self.log.add(known.chunk)
        self.restore(known)

    def take_back(self, Batch left):
        """Output rows to retract for these deleted left rows, or None. InternalError names a row never seen."""
        cdef Chunk output, memory
        cdef int64_t unknown
        with nogil:
            unknown = take_back(deref(self.store), left.chunk, self.width, output, memory)
        if unknown >= 0:
            raise InternalError(f"a row is taken back that was never there: {left.slice(unknown, 1).to_rows()[0]!r}")
        self.log.add(memory)
        self.restore(Batch.wrap(memory))
        return Batch.wrap(output) if output.length else None

    def drain(self):
        cdef Chunk out = self.log.drain()
        return Batch.wrap(out) if out.length else None

    def restore(self, Batch delta):
        with nogil:
            self.generation = max(self.generation, greatest(deref(delta.chunk.columns[self.width])))
            self.store.get().apply(delta.chunk, False)
            self.store.get().compact()

    @property
    def rows(self):
        return self.store.get().rows()

    @property
    def nbytes(self):
        return self.store.get().bytes()
