"""The kernel that calls functions written in Python: one call per batch, under the GIL."""

from libc.stdint cimport int64_t, uintptr_t
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Columns

from . import python_functions


cdef extern from "kernel_api.hpp" namespace "sabot":
    cdef cppclass CallOptions:
        vector[string] texts
    cdef cppclass EvalContext:
        int64_t length
        void fail(int64_t, const char*, string)


cdef extern from *:
    """
    static inline sabot::ColumnPtr no_values(int64_t rows) { return sabot::null_column(sabot::Kind::Null, rows); }
    """
    ColumnPtr no_values(int64_t)


cdef ColumnPtr call(const Columns& args, const CallOptions& options, EvalContext& ctx) noexcept with gil:
    cdef Chunk chunk
    cdef Batch given, made
    cdef string message
    cdef int64_t row
    chunk.length = ctx.length
    chunk.columns = args
    try:
        given = Batch.wrap(chunk)
        function = python_functions.find(options.texts[0].decode())
        values, failures = function.run([given.column_values(k) for k in range(args.size())], ctx.length)
        for row, text in failures:
            message = text.encode("utf-8", "replace")
            ctx.fail(row, b"38000", message)
        made = Batch.from_rows((function.result,), values)
        return made.chunk.columns[0]
    except BaseException as e:
        message = f"{type(e).__name__}: {getattr(e, 'message', e)}".encode("utf-8", "replace")
        for row in range(ctx.length):
            ctx.fail(row, b"38000", message)
        return no_values(ctx.length)


def kernels():
    """Kernel addresses by name."""
    return {"python.call": <uintptr_t>&call}
