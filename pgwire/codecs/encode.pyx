"""Result rows and COPY output: whole batches to wire bytes in one call."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk
from sabot.pgwire.codecs.wire cimport wire_type

from ...kernels.errors import UserError
from ...kernels.styles import PLAIN


cdef extern from "wire_error.hpp" namespace "sabot::wire":
    void raise_wire_error()

cdef extern from "write_rows.hpp" namespace "sabot" nogil:
    Styles styles_of(int, int, int, cbool, int)
    const TimeZone* find_zone(const string&) except +raise_wire_error

cdef extern from "write_rows.hpp" namespace "sabot::wire" nogil:
    cdef cppclass CopyStyle:
        CopyStyle()
        int form
        char delimiter
        char quote
        char escape
        string null
    size_t likely_bytes(const Chunk&, int64_t, size_t)
    int64_t write_rows(
        const Chunk&, const vector[WireColumn]&, int64_t, size_t, const OutputSettings&, string&
    ) except +raise_wire_error
    int64_t write_copy(
        const Chunk&, const vector[WireColumn]&, int64_t, size_t, const OutputSettings&, const CopyStyle&, string&
    ) except +raise_wire_error
    void write_copy_header(const vector[string]&, const CopyStyle&, string&) except +raise_wire_error

cdef extern from *:
    """
    static inline void set_form(sabot::wire::CopyStyle& s, int form) {
        s.form = static_cast<sabot::wire::CopyStyle::Form>(form);
    }
    """
    void set_form(CopyStyle&, int) nogil


cdef vector[WireColumn] wire_columns(types, formats) except *:
    cdef vector[WireColumn] columns
    cdef WireColumn column
    for sql_type, code in zip(types, formats, strict=True):
        column.type = wire_type(sql_type)
        column.binary = code == 1
        columns.push_back(column)
    return columns


cdef OutputSettings output_settings(str time_zone, styles) except *:
    cdef OutputSettings settings
    settings.zone = find_zone(time_zone.encode())
    if settings.zone == NULL:
        raise UserError(f'time zone "{time_zone}" not recognized', "22023")
    form, order, interval, escape, digits = styles.codes
    settings.styles = styles_of(form, order, interval, escape, digits)
    return settings


cdef class RowEncoder:
    """DataRow messages of batches of one shape. `formats`: 0 text, 1 binary, per column."""

    def __init__(self, types, formats, str time_zone="UTC", styles=PLAIN):
        self.columns = wire_columns(types, formats)
        self.settings = output_settings(time_zone, styles)

    def encode(self, Batch batch, int64_t start, size_t limit):
        """Rows from `start` on until `limit` bytes are passed or rows end: (messages, next row).

        At least one row is taken. RowError 0A000 for a ragged array in binary.
        """
        cdef string out
        cdef int64_t stop
        with nogil:
            out.reserve(likely_bytes(batch.chunk, start, limit))
            stop = write_rows(batch.chunk, self.columns, start, limit, self.settings, out)
        return <bytes>out, stop


cdef class CopyEncoder:
    """CopyData messages of batches of one shape, in a CopyFormat."""

    cdef vector[WireColumn] columns
    cdef OutputSettings settings
    cdef CopyStyle style

    def __init__(self, types, form, str time_zone="UTC", styles=PLAIN):
        self.columns = wire_columns(types, [0] * len(types))
        self.settings = output_settings(time_zone, styles)
        set_form(self.style, ("text", "csv", "binary").index(form.format))
        self.style.delimiter = ord(form.delimiter)
        self.style.quote = ord(form.quote)
        self.style.escape = ord(form.escape)
        self.style.null = form.null.encode()

    def header(self, names):
        """The header line."""
        cdef string out
        cdef vector[string] raw
        for name in names:
            raw.push_back(name.encode())
        write_copy_header(raw, self.style, out)
        return <bytes>out

    def encode(self, Batch batch, int64_t start, size_t limit):
        """As RowEncoder.encode."""
        cdef string out
        cdef int64_t stop
        with nogil:
            out.reserve(likely_bytes(batch.chunk, start, limit))
            stop = write_copy(batch.chunk, self.columns, start, limit, self.settings, self.style, out)
        return <bytes>out, stop
