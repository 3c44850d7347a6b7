"""Bound parameters and COPY input: wire bytes to batches."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport make_shared, shared_ptr, unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnBuilder, ColumnPtr, Type, native_type
from sabot.pgwire.codecs.wire cimport WireType, wire_type

from ...kernels.errors import SabotError, UserError
from ..limits import COPY_BATCH_BYTES, COPY_BATCH_ROWS, MESSAGE_BYTES, PARAMETER_TYPES


cdef extern from "wire_error.hpp" namespace "sabot::wire":
    void raise_wire_error()

cdef extern from "read_copy.hpp" namespace "sabot" nogil:
    cdef cppclass TimeZone:
        pass
    cdef cppclass Styles:
        Styles()
    Styles styles_of(int, int, int, cbool, int)
    cdef cppclass InputSettings:
        InputSettings()
        const TimeZone* zone
        int64_t now
        Styles styles
    const TimeZone* find_zone(const string&) except +raise_wire_error

cdef extern from "read_copy.hpp" namespace "sabot::wire" nogil:
    cdef cppclass CopyStyle:
        CopyStyle()
        char delimiter
        char quote
        char escape
        string null
    cdef cppclass CopyScanner:
        CopyScanner(
            CopyStyle, cbool, vector[string], vector[WireType], const vector[Type]&, size_t, InputSettings
        ) except +raise_wire_error
        int64_t rows()
        int64_t bytes()
        int64_t line()
        const string& column()
        void feed(const string&) except +raise_wire_error
        void finish() except +raise_wire_error
        Chunk take() except +raise_wire_error
    void get_parameter(
        ColumnBuilder&, const WireType&, cbool, const string&, const InputSettings&, int
    ) except +raise_wire_error

cdef extern from *:
    """
    #include "key_run.hpp"
    static inline std::string_view run_view(const unsigned char* p, size_t n) { return {reinterpret_cast<const char*>(p), n}; }
    """
    cdef cppclass string_view "std::string_view":
        pass
    string_view run_view(const unsigned char*, size_t)
    cdef cppclass RunValue "sabot::wire::RunValue":
        const char* data
        int size
        cbool binary
    cdef cppclass KeyRun "sabot::wire::KeyRun":
        vector[RunValue] values
        cbool describe
        int format
        cbool limited
        size_t size
    cbool read_repeat "sabot::wire::read_repeat"(string_view, string_view, KeyRun&)

cdef extern from *:
    """
    static inline void set_form(sabot::wire::CopyStyle& s, int form) {
        s.form = static_cast<sabot::wire::CopyStyle::Form>(form);
    }
    """
    void set_form(CopyStyle&, int) nogil


cdef InputSettings last_settings  # and what they were made from: mostly it is the same for the next statement
cdef object last_zone = None, last_styles = None


cdef InputSettings input_settings(settings) except *:
    global last_settings, last_zone, last_styles
    cdef InputSettings s
    if settings.time_zone is last_zone and settings.styles is last_styles:
        s = last_settings
        s.now = settings.now
        return s
    s.zone = find_zone(settings.time_zone.encode())
    if s.zone == NULL:
        raise UserError(f'time zone "{settings.time_zone}" not recognized', "22023")
    s.now = settings.now
    form, order, interval, escape, digits = settings.styles.codes
    s.styles = styles_of(form, order, interval, escape, digits)
    last_settings, last_zone, last_styles = s, settings.time_zone, settings.styles
    return s


cdef class ParameterTypes:
    """Types of parameters as they are here and on the wire."""

    cdef object types
    cdef vector[Type] native
    cdef vector[WireType] wire

    def __init__(self, types):
        self.types = types
        for sql_type in types:
            self.native.push_back(native_type(sql_type))
            self.wire.push_back(wire_type(sql_type))


cdef dict known_types = {}  # those of prepared statements, by their identity


cdef ParameterTypes parameter_types(types):
    cdef ParameterTypes found = known_types.get(id(types))
    if found is None or found.types is not types:
        found = ParameterTypes(types)
        if len(known_types) >= PARAMETER_TYPES:
            known_types.clear()
        if type(types) is tuple:
            known_types[id(types)] = found
    return found


def decode_parameters(types, formats, values, settings):
    """A one-row batch of the prepared types from Bind's values.

    `formats` has no code (all text), one (for all) or one per value. Errors: 22P02, 22P03, 08P01, 22021 and
    whatever the input of a type raises, with the number of the parameter in `detail`.
    """
    cdef InputSettings s = input_settings(settings)
    cdef ParameterTypes wanted = parameter_types(types)
    cdef Chunk chunk
    cdef unique_ptr[ColumnBuilder] builder
    cdef int number = 0
    cdef cbool binary
    chunk.length = 1
    for code in formats:
        if code not in (0, 1):
            raise UserError(f"unsupported format code: {code}", "22023")
    if len(values) != <int>wanted.native.size():
        raise ValueError("as many values as types are wanted")
    for value in values:
        code = 0 if not formats else formats[0] if len(formats) == 1 else formats[number]
        number += 1
        binary = code == 1
        builder.reset(new ColumnBuilder(wanted.native[number - 1]))
        if value is None:
            builder.get().append_null()
        else:
            try:
                get_parameter(builder.get()[0], wanted.wire[number - 1], binary, <string>(<bytes>value), s, number)
            except SabotError as error:
                error.detail = f"parameter ${number}"
                raise
        chunk.columns.push_back(<ColumnPtr>builder.get().finish())
    return Batch.wrap(chunk)


def decode_repeats(const unsigned char[:] data, bytes statement, types, settings, size_t most, int returning=-1):
    """Executions of one statement, each of them Bind, perhaps Describe, and Execute of the unnamed portal, at the front of `data`.

    `returning`: the format of all their columns, if they give rows, of which each must ask for all.
    Their parameters as rows, whether each was described, and the bytes they take. No rows where a value can't be read.
    """
    cdef InputSettings s = input_settings(settings)
    cdef vector[shared_ptr[ColumnBuilder]] builders
    cdef vector[WireType] wire
    cdef const unsigned char* name = statement
    cdef size_t done = 0, count = 0, k, width = len(types), size = data.shape[0]
    cdef KeyRun run
    cdef Chunk chunk
    for sql_type in types:
        builders.push_back(make_shared[ColumnBuilder](native_type(sql_type)))
        wire.push_back(wire_type(sql_type))
    described = []
    while done < size and count < most:
        if not read_repeat(run_view(&data[done], size - done), run_view(name, len(statement)), run) or run.values.size() != width:
            break
        if returning >= 0 and (run.limited or run.format != returning):
            break
        described.append(run.describe)
        try:
            for k in range(width):
                if run.values[k].size < 0:
                    builders[k].get().append_null()
                else:
                    get_parameter(
                        builders[k].get()[0], wire[k], run.values[k].binary, string(run.values[k].data, run.values[k].size), s, k + 1
                    )
        except SabotError:
            return None, described, 0
        count += 1
        done += run.size
    chunk.length = count
    for k in range(width):
        chunk.columns.push_back(<ColumnPtr>builders[k].get().finish())
    return Batch.wrap(chunk), described, done


cdef class CopyDecoder:
    """COPY input in a CopyFormat to batches of `columns`.

    Errors (22P04 and those of the types' input) tell line and column in `detail`.
    """

    cdef unique_ptr[CopyScanner] scanner

    def __init__(self, columns, form, settings):
        cdef CopyStyle style
        cdef vector[string] names
        cdef vector[WireType] types
        cdef vector[Type] kinds
        set_form(style, ("text", "csv", "binary").index(form.format))
        style.delimiter = ord(form.delimiter)
        style.quote = ord(form.quote)
        style.escape = ord(form.escape)
        style.null = form.null.encode()
        for field in columns:
            names.push_back(field.name.encode())
            types.push_back(wire_type(field.type))
            kinds.push_back(native_type(field.type))
        self.scanner.reset(
            new CopyScanner(style, form.header, names, types, kinds, MESSAGE_BYTES, input_settings(settings))
        )

    @property
    def rows(self):
        """Rows ready to be taken."""
        return self.scanner.get().rows()

    @property
    def full(self):
        """Time to take the rows."""
        return self.scanner.get().rows() >= COPY_BATCH_ROWS or (
            self.scanner.get().bytes() >= COPY_BATCH_BYTES and self.scanner.get().rows() > 0
        )

    def feed(self, bytes data):
        """The next piece of input, cut anywhere."""
        cdef string piece = data
        try:
            with nogil:
                self.scanner.get().feed(piece)
        except SabotError as error:
            self._locate(error)
            raise

    def finish(self):
        """The input has ended."""
        try:
            self.scanner.get().finish()
        except SabotError as error:
            self._locate(error)
            raise

    def take(self):
        """The rows so far as a batch."""
        return Batch.wrap(self.scanner.get().take())

    def _locate(self, error):
        where = f"COPY input, line {self.scanner.get().line()}"
        column = self.scanner.get().column().decode()
        error.detail = where + (f", column {column}" if column else "")
