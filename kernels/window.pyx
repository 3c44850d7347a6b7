"""Window functions over partitions, stepped by change batches."""

from libc.stdint cimport int64_t, uint8_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.aggregate cimport CallSpec, OrderColumn, call_spec, order_columns
from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Type, native_type

from .errors import InternalError, Unsupported, UserError
from .types import FLOAT8, INT8, INTERVAL, NUMERIC, Kind


cdef extern from "window.hpp" namespace "sabot" nogil:
    cdef cppclass FrameSpec:
        FrameSpec()
        int64_t start_rows
        int64_t end_rows
        ColumnPtr start_offset
        ColumnPtr end_offset

    cdef cppclass WindowCallSpec:
        WindowCallSpec()
        CallSpec call
        FrameSpec frame
        cbool ignore_nulls
        cbool constant_offset
        int64_t offset

    cdef cppclass WindowSpec:
        vector[Type] types
        vector[int64_t] partition
        vector[OrderColumn] order
        vector[WindowCallSpec] calls
        cbool tracked

    cdef cppclass WindowResult:
        Chunk rows
        Chunk errors

    cdef cppclass WindowState:
        WindowState(WindowSpec) except +
        void set_time_zone(const string&)
        WindowResult apply(const Chunk&) except +
        void restore(const Chunk&) except +
        Chunk drain() except +
        int64_t state_rows()
        int64_t state_bytes()


cdef extern from *:
    """
    namespace sabot {
    inline void set_frame(FrameSpec& f, int mode, int start, int end, int exclude) {
        f.mode = FrameMode(mode);
        f.start = FrameBound(start);
        f.end = FrameBound(end);
        f.exclude = FrameExclude(exclude);
    }
    }
    """
    void set_frame "sabot::set_frame"(FrameSpec&, int, int, int, int)


_MODES = {"rows": 0, "range": 1, "groups": 2, "session": 3}
_BOUNDS = {"unbounded_preceding": 0, "preceding": 1, "current": 2, "following": 3, "unbounded_following": 4}
_EXCLUSIONS = {"no_others": 0, "current_row": 1, "group": 2, "ties": 3}
_OFFSET_TYPES = {
    Kind.INT2: INT8, Kind.INT4: INT8, Kind.INT8: INT8, Kind.OID: INT8, Kind.FLOAT4: FLOAT8, Kind.FLOAT8: FLOAT8,
    Kind.NUMERIC: NUMERIC, Kind.DATE: INTERVAL, Kind.TIME: INTERVAL, Kind.TIMESTAMP: INTERVAL,
    Kind.TIMESTAMPTZ: INTERVAL, Kind.INTERVAL: INTERVAL,
}


cdef ColumnPtr offset_column(value, order_type) except *:
    """A RANGE offset as a column of one value, of the type that goes with the ORDER BY column's."""
    offset_type = _OFFSET_TYPES.get(order_type.kind)
    if offset_type is None:
        raise Unsupported(
            f"RANGE with offset PRECEDING/FOLLOWING over {order_type}", hint="Use ROWS or GROUPS, or order by a number or time."
        )
    if offset_type is INT8:
        value = int(value)
    elif offset_type is FLOAT8:
        value = float(value)
    elif offset_type is NUMERIC:
        value = str(value)
    cdef Batch one = Batch.from_rows((offset_type,), ((value,),))
    return one.chunk.columns[0]


def _negative(value):
    if isinstance(value, tuple):
        micros, days, months = value
        return micros + (days + months * 30) * 86_400_000_000 < 0
    return float(value) < 0


cdef int fill_frame(FrameSpec& out, call, order, types) except -1:
    if call.direct and call.direct[0] == "session":
        if len(order) != 1:
            raise UserError("a session window needs exactly one ORDER BY column", "42P20")
        set_frame(out, _MODES["session"], 0, 2, 0)
        out.start_offset = offset_column(call.direct[1], types[order[0].column])
        return 0
    frame = call.frame
    if frame is None:
        return 0
    set_frame(out, _MODES[frame.mode], _BOUNDS[frame.start[0]], _BOUNDS[frame.end[0]], _EXCLUSIONS[frame.exclude])
    for side, (bound, value) in (("starting", frame.start), ("ending", frame.end)):
        if bound not in ("preceding", "following"):
            continue
        if value is None:
            raise UserError(f"frame {side} offset must not be null", "22004")
        if _negative(value):
            raise UserError(f"frame {side} offset must not be negative", "22013")
        if frame.mode == "range":
            if len(order) != 1:
                raise UserError("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", "42P20")
            if side == "starting":
                out.start_offset = offset_column(value, types[order[0].column])
            else:
                out.end_offset = offset_column(value, types[order[0].column])
        elif side == "starting":
            out.start_rows = min(int(value), 2**62)
        else:
            out.end_rows = min(int(value), 2**62)
    return 0


cdef class Windows:
    """Partitions in order and window calls over them; see planner Window. Not usable after an exception.

    `offsets`: per call the constant offset of lag and lead, or None when it is a column.
    """

    cdef unique_ptr[WindowState] state

    def __init__(self, types, partition, order, calls, offsets, cbool tracked=True):
        cdef WindowSpec spec
        cdef WindowCallSpec native
        for sql_type in types:
            spec.types.push_back(native_type(sql_type))
        spec.partition = partition
        spec.order = order_columns(order)
        spec.tracked = tracked
        for call, offset in zip(calls, offsets):
            native = WindowCallSpec()
            native.call = call_spec(call, types, False)
            fill_frame(native.frame, call, order, types)
            native.ignore_nulls = call.ignore_nulls
            native.constant_offset = offset is not None
            native.offset = 1 if offset is None else max(min(offset, 2**62), -(2**62))
            spec.calls.push_back(native)
        try:
            self.state.reset(new WindowState(spec))
        except ValueError as unknown:
            arguments = ", ".join(str(types[p]) for c in calls if c.function == str(unknown) for p in c.args)
            raise Unsupported(
                f"window function {unknown}({arguments})", hint="Cast the argument to a type that it supports."
            ) from None

    def apply(self, Batch batch):
        """The output delta (input columns, then one per call) and the errors (sqlstate, message), weighted."""
        cdef WindowResult result
        try:
            with nogil:
                result = self.state.get().apply(batch.chunk)
        except ValueError as broken:
            raise InternalError(str(broken)) from None
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        return Batch.wrap(result.rows), Batch.wrap(result.errors) if result.errors.length else None

    def set_time_zone(self, str name):
        """The zone in which days and months of RANGE offsets over timestamptz count (UTC until told)."""
        self.state.get().set_time_zone(name.encode())

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
