"""Top-n per group, stepped by change batches."""

from libc.stdint cimport int64_t, uint8_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.aggregate cimport OrderColumn, order_columns
from sabot.kernels.batch cimport Batch, Chunk, Type, native_type

from .errors import InternalError, UserError


cdef extern from "top_n.hpp" namespace "sabot" nogil:
    cdef enum class RankKind(uint8_t):
        RowNumber
        Rank
        DenseRank

    cdef cppclass TopNSpec:
        vector[Type] types
        vector[int64_t] groups
        vector[OrderColumn] order
        int64_t limit
        int64_t offset
        RankKind rank
        cbool with_rank
        cbool append_only
        cbool tracked

    cdef cppclass TopNState:
        TopNState(TopNSpec) except +
        Chunk apply(const Chunk&) except +
        void restore(const Chunk&) except +
        Chunk drain() except +
        int64_t state_rows()
        int64_t state_bytes()


cdef class TopRows:
    """Rows `offset < position <= offset + limit` of each group; see planner TopN. Not usable after an exception."""

    cdef unique_ptr[TopNState] state

    def __init__(
        self, types, groups, order, limit, int64_t offset, str rank, cbool with_rank, cbool append_only, cbool tracked
    ):
        cdef TopNSpec spec
        for sql_type in types:
            spec.types.push_back(native_type(sql_type))
        spec.groups = groups
        spec.order = order_columns(order)
        spec.limit = -1 if limit is None else limit
        spec.offset = offset
        if rank == "rank":
            spec.rank = RankKind.Rank
        elif rank == "dense_rank":
            spec.rank = RankKind.DenseRank
        elif rank == "row_number":
            spec.rank = RankKind.RowNumber
        else:
            raise InternalError(f"unknown rank {rank}")
        spec.with_rank = with_rank
        spec.append_only = append_only
        spec.tracked = tracked
        self.state.reset(new TopNState(spec))

    def apply(self, Batch batch):
        """The output delta."""
        cdef Chunk out
        try:
            with nogil:
                out = self.state.get().apply(batch.chunk)
        except ValueError as broken:
            raise InternalError(str(broken)) from None
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        return Batch.wrap(out)

    def drain(self):
        """Rows kept, as weighted deltas since the last drain; None for no change."""
        cdef Chunk out
        with nogil:
            out = self.state.get().drain()
        return Batch.wrap(out) if out.length else None

    def restore(self, Batch batch):
        with nogil:
            self.state.get().restore(batch.chunk)

    @property
    def state_rows(self):
        return self.state.get().state_rows()

    @property
    def state_bytes(self):
        return self.state.get().state_bytes()
