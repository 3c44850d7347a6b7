"""Set-returning functions over batches."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Type, native_type

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

    ProjectedSet project_set(
        const Chunk&, const Chunk&, const vector[TableCallSpec]&, cbool, cbool, const string&, int64_t) except +


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
        cdef ProjectedSet out
        cdef string zone = time_zone.encode()
        cdef int64_t limit = PROJECT_SET_ROWS
        try:
            with nogil:
                out = project_set(batch.chunk, arguments.chunk, self.calls, self.ordinality, self.outer, zone, limit)
        except RuntimeError as large:  # std::length_error: a column past 2 GiB
            raise UserError(str(large), "54000") from None
        except OverflowError:
            raise UserError(
                f"set-returning functions gave more than {limit} rows in one step", "54000",
                hint="Narrow the range, or feed fewer rows at a time.",
            ) from None
        return Batch.wrap(out.rows), Batch.wrap(out.errors) if out.errors.length else None
