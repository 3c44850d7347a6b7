"""Join state: two row stores and the pairs between a delta and the other side. See cpp/join.hpp."""

from cython.operator cimport dereference as deref
from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Column, ColumnPtr, Type, native_type


cdef extern from "join.hpp" namespace "sabot" nogil:
    cdef enum class Count:
        Step
        Once
        Own
    ColumnPtr _int8_column "sabot::int8_column"(const vector[int64_t]&) except +
    cdef cppclass JoinKernel:
        JoinKernel(
            vector[Type], vector[Type], vector[int64_t], vector[int64_t], vector[int64_t], int, int, cbool, cbool, cbool,
            cbool) except +
        int64_t rows()
        int64_t bytes()
        Chunk drain(int) except +
        void restore(int, const Chunk&) except +
        void begin(int, const Chunk&) except +
        void build(int, const Chunk&) except +
        void begin_recount(int) except +
        void finish_recount() except +
        cbool next_pairs(int64_t) except +
        Chunk gather_pairs() except +
        void keep_pairs(const Column*, Count) except +
        Chunk finish() except +
        Chunk finish_probe() except +
        Chunk finish_built(int) except +


NEVER, UNMATCHED, MATCHED = 0, 1, 2
STEP, ONCE, OWN = 0, 1, 2


cdef class JoinState:
    """Both sides of a join. Sides are 0 (left) and 1 (right).

    `show`: per side whether rows are shown for themselves: NEVER, UNMATCHED (outer, anti), MATCHED (semi).
    `pairs`: output rows are left ++ right columns; else the columns of the shown side only.
    """

    cdef unique_ptr[JoinKernel] kernel

    def __init__(self, types, keys, null_safe, show, cbool pairs, cbool residual, append_only):
        cdef vector[Type] left, right
        for t in types[0]:
            left.push_back(native_type(t))
        for t in types[1]:
            right.push_back(native_type(t))
        self.kernel.reset(new JoinKernel(
            left, right, keys[0], keys[1], [int(safe) for safe in null_safe], show[0], show[1], pairs, residual,
            append_only[0], append_only[1]))

    def begin(self, int side, Batch delta):
        with nogil:
            self.kernel.get().begin(side, delta.chunk)

    def build(self, int side, Batch delta):
        with nogil:
            self.kernel.get().build(side, delta.chunk)

    def begin_recount(self, int side):
        with nogil:
            self.kernel.get().begin_recount(side)

    def finish_recount(self):
        self.kernel.get().finish_recount()

    def pairs(self, int64_t limit):
        """The next candidate pairs as left ++ right columns, or None when there are none left."""
        cdef Chunk out
        cdef cbool more
        with nogil:
            more = self.kernel.get().next_pairs(limit)
            if more:
                out = self.kernel.get().gather_pairs()
        return Batch.wrap(out) if more else None

    def keep(self, Batch survivors, int count):
        """Counts the current pairs as matches: those at the positions in the last column, or all for None.

        `count`: STEP, ONCE in a one-shot join, OWN while counting again.
        """
        cdef const Column* positions = NULL
        if survivors is not None:
            positions = survivors.chunk.columns[survivors.chunk.columns.size() - 1].get()
        with nogil:
            self.kernel.get().keep_pairs(positions, <Count>count)

    def finish(self):
        """Applies the delta; rows shown for themselves, or None."""
        cdef Chunk out
        with nogil:
            out = self.kernel.get().finish()
        return Batch.wrap(out) if out.length else None

    def finish_probe(self):
        """Ends a piece of the probing side of a one-shot join: its rows that are shown for themselves, or None."""
        cdef Chunk out
        with nogil:
            out = self.kernel.get().finish_probe()
        return Batch.wrap(out) if out.length else None

    def finish_built(self, int side):
        """Ends a one-shot join: the rows of the built side that are shown for themselves, or None."""
        cdef Chunk out
        with nogil:
            out = self.kernel.get().finish_built(side)
        return Batch.wrap(out) if out.length else None

    def drain(self, int side):
        cdef Chunk out
        with nogil:
            out = self.kernel.get().drain(side)
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


def positions(int64_t n):
    """One int8 column 0, 1, … n - 1."""
    cdef Chunk out
    cdef vector[int64_t] values
    cdef int64_t i
    values.resize(n)
    for i in range(n):
        values[i] = i
    out.length = n
    out.columns.push_back(_int8_column(values))
    return Batch.wrap(out)

