"""Sorting a batch by several keys, with limit and offset."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.utility cimport pair
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk


cdef extern from "sort.hpp" namespace "sabot" nogil:
    cdef cppclass OrderKey:
        int64_t column
        cbool descending
        cbool nulls_first
    Chunk sorted_chunk(const Chunk&, const vector[OrderKey]&, int64_t, int64_t) except +
    vector[pair[int64_t, int64_t]] value_runs(const Chunk&, int64_t) except +


def sorted_rows(Batch batch, keys, limit=None, int64_t offset=0):
    """Rows `offset < position <= offset + limit` in the order of `keys` (column, descending, nulls_first); stable."""
    cdef vector[OrderKey] native
    cdef OrderKey one
    cdef int64_t most = -1 if limit is None else limit
    cdef Chunk out
    for key in keys:
        one.column = key.column
        one.descending = key.descending
        one.nulls_first = key.nulls_first
        native.push_back(one)
    with nogil:
        out = sorted_chunk(batch.chunk, native, most, offset)
    return Batch.wrap(out)


def value_pieces(Batch batch, int64_t column):
    """Pieces of equal values of an int8 column without NULLs, as (value, piece); a value may have several pieces."""
    cdef vector[pair[int64_t, int64_t]] runs
    cdef pair[int64_t, int64_t] run
    cdef int64_t start = 0
    with nogil:
        runs = value_runs(batch.chunk, column)
    if runs.size() == 1:
        return [(runs[0].first, batch)]
    out = []
    for run in runs:
        out.append((run.first, batch.slice(start, run.second)))
        start += run.second
    return out
