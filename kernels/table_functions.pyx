"""Set-returning functions over batches."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Type, native_type

from .errors import UserError
from .limits import PROJECT_SET_ROWS


cdef extern from "table_functions.hpp" namespace "sabot" nogil:
    cdef cppclass TableCallSpec:
        TableCallSpec()
        string function
        vector[int64_t] args
        vector[Type] results

    cdef cppclass ProjectedSet:
        Chunk rows
        Chunk errors
        int64_t inputs
        int64_t given
        ColumnPtr rest

    ProjectedSet project_set(
        const Chunk&, const Chunk&, const vector[TableCallSpec]&, cbool, cbool, const string&, int64_t,
        int64_t, int64_t) except +


cdef extern from *:
    """
    namespace sabot {
    inline std::vector<std::string> table_function_names() {
        std::vector<std::string> out;
        for (auto& [name, fn] : tables::registry()) out.push_back(name);
        return out;
    }
    }
    """
    vector[string] table_function_names "sabot::table_function_names"() except +


def known_table_functions():
    """Names of all set-returning functions."""
    return frozenset([name.decode() for name in table_function_names()])


cdef class TableCalls:
    """Calls that run side by side: (function, argument positions in the argument batch, result types) each."""

    cdef vector[TableCallSpec] calls
    cdef cbool ordinality, outer

    def __init__(self, calls, cbool ordinality, cbool outer):
        cdef TableCallSpec spec
        for function, args, results in calls:
            spec = TableCallSpec()
            spec.function = function.encode()
            spec.args = args
            for sql_type in results:
                spec.results.push_back(native_type(sql_type))
            self.calls.push_back(spec)
        self.ordinality = ordinality
        self.outer = outer

    def run(self, Batch batch, Batch arguments, str time_zone):
        """Each input row times its result rows, and row errors (sqlstate, message; weighted) or None."""
        return self.some(batch, arguments, time_zone, PROJECT_SET_ROWS + 1)[:2]

    def some(self, Batch batch, Batch arguments, str time_zone, int64_t room, int64_t given=0):
        """The same, but a series that stands alone stops after `room` rows. Rows, errors, how many input rows were gone
        through; how many rows the last of them has given if its series has to go on, and its first argument then (or None).

        `given`: the rows that the first input row has given before.
        """
        cdef ProjectedSet out
        cdef Chunk rest
        cdef string zone = time_zone.encode()
        cdef int64_t limit = PROJECT_SET_ROWS
        try:
            with nogil:
                out = project_set(batch.chunk, arguments.chunk, self.calls, self.ordinality, self.outer, zone, limit, room,
                                  given)
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        except OverflowError:
            raise UserError(
                f"set-returning functions gave more than {limit} rows in one step", "54000",
                hint="Narrow the range, or feed fewer rows at a time.",
            ) from None
        if out.rest:
            rest.length = 1
            rest.columns.push_back(out.rest)
        return (Batch.wrap(out.rows), Batch.wrap(out.errors) if out.errors.length else None, out.inputs,
                out.given, Batch.wrap(rest) if out.rest else None)
