"""Rows that enter and leave as time moves, and watermarks. See cpp/time_filter.hpp. Times in microseconds."""

from cython.operator cimport dereference as deref
from libc.stdint cimport INT64_MIN, int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Column, ColumnPtr, Type, native_type


cdef extern from "time_filter.hpp" namespace "sabot" nogil:
    cdef cppclass TimeFilter:
        TimeFilter(vector[Type]) except +
        int64_t now()
        void set_now(int64_t)
        Chunk step(const Chunk&, const Column*, const Column*, int64_t, cbool, cbool) except +
        Chunk drain() except +
        void restore(const Chunk&) except +
        int64_t rows()
        int64_t bytes()
    Chunk watermark_filter(const Chunk&, const Column&, const Column&, int64_t&) except +
    ColumnPtr later(const Column&, int64_t) except +


NO_TIME = INT64_MIN  # before every time: no watermark yet


cdef class TimeFilterState:
    """Rows with something still to happen, in the order of time."""

    cdef unique_ptr[TimeFilter] filter

    def __init__(self, types):
        cdef vector[Type] native
        for t in types:
            native.push_back(native_type(t))
        self.filter.reset(new TimeFilter(native))

    def step(self, Batch rows, Batch bounds, cbool has_lower, cbool has_upper, int64_t now, cbool drop_late, cbool keep):
        """Change of the rows shown. `bounds`: lower and upper of each row, those there are; `rows` may be None."""
        cdef Chunk chunk, out
        cdef const Column* lower = NULL
        cdef const Column* upper = NULL
        if rows is not None:
            chunk = rows.chunk
            if has_lower:
                lower = bounds.chunk.columns[0].get()
            if has_upper:
                upper = bounds.chunk.columns[1 if has_lower else 0].get()
        with nogil:
            out = self.filter.get().step(chunk, lower, upper, now, drop_late, keep)
        return Batch.wrap(out) if out.length else None

    @property
    def now(self):
        return self.filter.get().now()

    @now.setter
    def now(self, int64_t now):
        self.filter.get().set_now(now)

    def drain(self):
        cdef Chunk out = self.filter.get().drain()
        return Batch.wrap(out) if out.length else None

    def restore(self, Batch state):
        self.filter.get().restore(state.chunk)

    @property
    def rows(self):
        return self.filter.get().rows()

    @property
    def nbytes(self):
        return self.filter.get().bytes()


def filter_late(Batch rows, size_t column, Batch delayed, int64_t watermark):
    """(rows not behind the watermark, the watermark after them); `delayed` is one column."""
    cdef Chunk out
    with nogil:
        out = watermark_filter(rows.chunk, deref(rows.chunk.columns[column]), deref(delayed.chunk.columns[0]), watermark)
    return Batch.wrap(out), watermark


def micros(Batch rows, size_t column, int64_t plus):
    """One int8 column: a date or timestamp column in microseconds, raised by `plus`."""
    cdef Chunk out
    out.length = rows.chunk.length
    out.columns.push_back(later(deref(rows.chunk.columns[column]), plus))
    return Batch.wrap(out)
