"""Aggregation: the state of a GROUP BY, stepped by change batches."""

from libc.stdint cimport int32_t, int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Type, native_type

from .errors import InternalError, Unsupported, UserError


cdef extern from "aggregate.hpp" namespace "sabot" nogil:
    cdef cppclass AggregateSpec:
        vector[int64_t] groups
        vector[Type] group_types
        vector[CallSpec] calls
        cbool tracked

    cdef cppclass AggregateResult:
        Chunk rows
        Chunk errors

    cdef cppclass AggregateState:
        AggregateState(AggregateSpec) except +
        AggregateResult apply(const Chunk&) except +
        void absorb(const Chunk&) except +
        AggregateResult results(int64_t) except +
        AggregateResult start() except +
        Chunk drain_groups() except +
        Chunk drain_distinct() except +
        Chunk drain_entries() except +
        void restore_groups(const Chunk&) except +
        void restore_distinct(const Chunk&) except +
        void restore_entries(const Chunk&) except +
        int64_t state_rows()
        int64_t state_bytes()


def _depends_on_session(sql_type):
    """The JSON form of a value is not a function of the value alone, or its type has one of its own."""
    if sql_type.name in ("timestamptz", "map"):
        return True
    if sql_type.elem is not None and _depends_on_session(sql_type.elem):
        return True
    return any(_depends_on_session(field) for _, field in sql_type.fields)


_SYNONYMS = {"min_by": "arg_min", "max_by": "arg_max", "every": "bool_and"}


cdef vector[OrderColumn] order_columns(order) except *:
    """Planner SortKeys."""
    cdef vector[OrderColumn] out
    cdef OrderColumn key
    for sort in order:
        key.column = sort.column
        key.descending = sort.descending
        key.nulls_first = sort.nulls_first
        out.push_back(key)
    return out


cdef CallSpec call_spec(call, types, cbool append_only) except *:
    """`call` is a planner AggCall or WindowCall; `types` are the input's column types."""
    cdef CallSpec out
    out.function = _SYNONYMS.get(call.function, call.function).encode()
    out.args = call.args
    for position in call.args:
        out.arg_types.push_back(native_type(types[position]))
    out.result = native_type(call.type)
    out.distinct = getattr(call, "distinct", False)
    out.filter = -1 if call.filter is None else call.filter
    out.append_only = append_only
    order = getattr(call, "order", ())
    out.order = order_columns(order)
    for sort in order:
        out.order_types.push_back(native_type(types[sort.column]))
    if call.function.startswith(("percentile_", "approx_percentile")):
        fractions = call.direct[0] if call.direct else None
        out.fraction_list = isinstance(fractions, (list, tuple))
        for fraction in fractions if out.fraction_list else (fractions,):
            out.fractions.push_back(float("nan") if fraction is None else float(fraction))
    elif call.direct and call.direct[0] is not None:
        delimiter = call.direct[0]
        out.delimiter = delimiter if isinstance(delimiter, bytes) else str(delimiter).encode()
    if call.function.startswith("json"):
        for position in call.args:
            if _depends_on_session(types[position]):
                raise Unsupported(
                    f"{call.function} over {types[position]}", hint="Convert the argument with to_jsonb() first."
                )
            out.raw_json.push_back(types[position].name == "json")
    return out


cdef class Aggregation:
    """Groups and their accumulators. `calls` are planner AggCalls over columns of `types`.

    Not usable after an exception.
    """

    cdef unique_ptr[AggregateState] state

    def __init__(self, types, groups, calls, append_only=False, tracked=True):
        cdef AggregateSpec spec
        spec.groups = groups
        for position in groups:
            spec.group_types.push_back(native_type(types[position]))
        for call in calls:
            spec.calls.push_back(call_spec(call, types, append_only))
        spec.tracked = tracked
        try:
            self.state.reset(new AggregateState(spec))
        except ValueError as unknown:
            arguments = ", ".join(str(types[p]) for c in calls if c.function == str(unknown) for p in c.args)
            raise Unsupported(
                f"aggregate function {unknown}({arguments})", hint="Cast the argument to a type that it supports."
            ) from None

    def apply(self, Batch batch):
        """The output delta (group columns, then one per call) and the errors (sqlstate, message), weighted."""
        cdef AggregateResult result
        try:
            with nogil:
                result = self.state.get().apply(batch.chunk)
        except ValueError as broken:
            raise InternalError(str(broken)) from None
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        return Batch.wrap(result.rows), Batch.wrap(result.errors) if result.errors.length else None

    def absorb(self, Batch batch):
        """One shot: takes rows in without output; `results` follow."""
        try:
            with nogil:
                self.state.get().absorb(batch.chunk)
        except ValueError as broken:
            raise InternalError(str(broken)) from None
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None

    def results(self, int64_t limit):
        """One shot: the rows of the next groups, at most `limit`, and their errors; None when there are none left."""
        cdef AggregateResult result
        try:
            with nogil:
                result = self.state.get().results(limit)
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        if result.rows.length == 0:
            return None
        return Batch.wrap(result.rows), Batch.wrap(result.errors) if result.errors.length else None

    def start(self):
        """The row of a global aggregate over no input, and its errors."""
        cdef AggregateResult result = self.state.get().start()
        return Batch.wrap(result.rows), Batch.wrap(result.errors) if result.errors.length else None

    def drain(self):
        """Changes since the last drain: groups, distinct values, entries of ordered aggregates."""
        cdef Chunk groups, values, entries
        with nogil:
            groups = self.state.get().drain_groups()
            values = self.state.get().drain_distinct()
            entries = self.state.get().drain_entries()
        return [
            Batch.wrap(groups) if groups.length else None,
            Batch.wrap(values) if values.length else None,
            Batch.wrap(entries) if entries.length else None,
        ]

    def restore(self, int table, Batch batch):
        """Take back a drained batch; all of table 0 come first."""
        with nogil:
            if table == 0:
                self.state.get().restore_groups(batch.chunk)
            elif table == 1:
                self.state.get().restore_distinct(batch.chunk)
            else:
                self.state.get().restore_entries(batch.chunk)

    @property
    def state_rows(self):
        return self.state.get().state_rows()

    @property
    def state_bytes(self):
        return self.state.get().state_bytes()
