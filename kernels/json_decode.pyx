"""JSON and CSV into batches of declared types (rules: kernels/cpp/json_decode.hpp, csv_decode.hpp)."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Kind

from .types import Kind as SqlKind
from .types import coded_names


cdef extern from *:
    """
    #include "csv_decode.hpp"
    static inline sabot::Kind json_kind_from(int k) { return static_cast<sabot::Kind>(k); }
    static inline sabot::Envelope envelope_from(int e) { return static_cast<sabot::Envelope>(e); }
    static inline void push_view(std::vector<std::string_view>& v, const char* p, size_t n) { v.emplace_back(p, n); }
    """
    Kind json_kind_from(int) nogil
    cdef cppclass View "std::string_view":
        View()
    void push_view(vector[View]&, const char*, size_t) except +
    View make_view "std::string_view"(const char*, size_t) nogil
    cdef cppclass JsonType "sabot::JsonType":
        JsonType()
        Kind kind
        cbool raw
        cbool map
        int precision
        int scale
        int64_t most
        cbool pad
        cbool bits
        int64_t unit
        cbool coded
        vector[JsonType] children
        vector[string] names
    cdef cppclass JsonError "sabot::JsonError":
        pass
    cdef cppclass Envelope "sabot::Envelope":
        pass
    Envelope envelope_from(int) nogil
    cdef cppclass Decoder "sabot::JsonDecoder":
        Decoder()
        Decoder(JsonType)
        Chunk decode(const vector[View]&, vector[int64_t]&, vector[JsonError]&, Envelope) except + nogil
    cdef cppclass Csv "sabot::CsvDecoder":
        Csv()
        Csv(JsonType, vector[int64_t], int64_t, char, string)
        size_t decode(
            View, cbool, int64_t, Chunk&, vector[int64_t]&, vector[JsonError]&, vector[int64_t]&, int64_t&
        ) except + nogil
        Chunk decode_messages(const vector[View]&, vector[int64_t]&, vector[JsonError]&) except + nogil
    size_t split_lines "sabot::split_lines"(View, cbool, int64_t, vector[View]&, vector[int64_t]&, int64_t&) except + nogil
    Chunk json_errors "sabot::json_errors"(const vector[JsonError]&) except +
    Chunk positions_chunk "sabot::positions_chunk"(const vector[int64_t]&) except +


cdef _views(list messages, vector[View]& views):
    views.reserve(len(messages))
    for message in messages:
        if type(message) is not bytes:
            raise TypeError("messages must be bytes")
        push_view(views, PyBytes_AS_STRING(message), <size_t>PyBytes_GET_SIZE(message))


cdef JsonType _json_type(sql_type, int64_t unit=0, cbool coded=False) except *:
    cdef JsonType out
    out.coded = coded
    out.kind = json_kind_from(<int>int(sql_type.kind))
    out.raw = sql_type.name == "json"
    out.map = sql_type.name == "map"
    if sql_type.name == "numeric" and sql_type.mods:
        out.precision = sql_type.mods[0]
        out.scale = sql_type.mods[1] if len(sql_type.mods) > 1 else 0
    if sql_type.name in ("varchar", "bpchar") and sql_type.mods:
        out.most = sql_type.mods[0]
        out.pad = sql_type.name == "bpchar"
    if sql_type.name in ("bit", "varbit"):
        out.bits, out.pad = True, sql_type.name == "bit"
        if sql_type.mods:
            out.most = sql_type.mods[0]
    out.unit = unit
    if sql_type.kind == SqlKind.CODED:
        for code in coded_names(sql_type):
            out.names.push_back(code)
    if sql_type.elem is not None:
        out.children.push_back(_json_type(sql_type.elem, unit, coded))
    for name, field in sql_type.fields:
        out.names.push_back(name.encode())
        out.children.push_back(_json_type(field, unit, coded))
    return out


cdef class JsonDecoder:
    """Decodes objects whose members are the columns `names` of `types`; other members are passed over.

    Results: (rows, kept, errors). `kept` is a batch of one int8 column with the positions of the messages that
    became rows, None when all did; `errors` is a batch (position, sqlstate, message), None when there are none.
    `time_unit`: microseconds per unit of timestamps given as numbers; 0 makes them errors, -1 guesses by size.
    `envelope`: debezium or maxwell, when the row is a part of the message; deletions are rows of weight -1 then.
    """
    cdef Decoder decoder
    cdef int envelope

    def __init__(self, names, types, int64_t time_unit=0, envelope="none"):
        cdef JsonType root
        self.envelope = ("none", "debezium", "maxwell").index(envelope)
        for name, sql_type in zip(names, types):
            root.names.push_back(name.encode())
            root.children.push_back(_json_type(sql_type, time_unit, envelope == "debezium"))
        self.decoder = Decoder(root)

    cdef _run(self, vector[View]& views):
        cdef vector[int64_t] kept
        cdef vector[JsonError] errors
        cdef Chunk rows
        with nogil:
            rows = self.decoder.decode(views, kept, errors, envelope_from(self.envelope))
        if errors.empty():
            return Batch.wrap(rows), None, None
        return Batch.wrap(rows), Batch.wrap(positions_chunk(kept)), Batch.wrap(json_errors(errors))

    def decode(self, list messages not None):
        """`messages`: a list of bytes, one document each."""
        cdef vector[View] views
        _views(messages, views)
        return self._run(views)

    def decode_lines(self, const uint8_t[::1] data not None, cbool final, int64_t most):
        """Up to `most` documents, one per line, of `data`; the last line needs its end unless `final`.

        Gives (rows, kept, errors, bytes used, lines passed, line numbers): positions in `kept` and `errors` index
        `line numbers`, a batch of one int8 column with lines counted from 0 (blank lines are no documents).
        """
        cdef vector[View] views
        cdef vector[int64_t] numbers
        cdef int64_t passed = 0
        cdef const char* p = NULL
        if data.shape[0]:
            p = <const char*>&data[0]
        cdef size_t used = split_lines(make_view(p, <size_t>data.shape[0]), final, most, views, numbers, passed)
        rows, kept, errors = self._run(views)
        return rows, kept, errors, used, passed, Batch.wrap(positions_chunk(numbers))


cdef class CsvDecoder:
    """Decodes CSV records of `width` fields; column i is read from field `sources[i]`."""
    cdef Csv decoder

    def __init__(self, names, types, sources, int64_t width, delimiter=",", null=""):
        cdef JsonType root
        for name, sql_type in zip(names, types):
            root.names.push_back(name.encode())
            root.children.push_back(_json_type(sql_type))
        self.decoder = Csv(root, sources, width, <char>ord(delimiter), null.encode())

    def decode(self, list messages not None):
        """As JsonDecoder.decode: one record per message."""
        cdef vector[View] views
        cdef vector[int64_t] kept
        cdef vector[JsonError] errors
        cdef Chunk rows
        _views(messages, views)
        with nogil:
            rows = self.decoder.decode_messages(views, kept, errors)
        if errors.empty():
            return Batch.wrap(rows), None, None
        return Batch.wrap(rows), Batch.wrap(positions_chunk(kept)), Batch.wrap(json_errors(errors))

    def decode_lines(self, const uint8_t[::1] data not None, cbool final, int64_t most):
        """As JsonDecoder.decode_lines; a record may go over several lines and counts from its first."""
        cdef vector[int64_t] kept
        cdef vector[int64_t] numbers
        cdef vector[JsonError] errors
        cdef int64_t passed = 0
        cdef Chunk rows
        cdef View view
        if data.shape[0]:
            view = make_view(<const char*>&data[0], <size_t>data.shape[0])
        cdef size_t used
        with nogil:
            used = self.decoder.decode(view, final, most, rows, kept, errors, numbers, passed)
        lines = Batch.wrap(positions_chunk(numbers))
        if errors.empty():
            return Batch.wrap(rows), None, None, used, passed, lines
        return Batch.wrap(rows), Batch.wrap(positions_chunk(kept)), Batch.wrap(json_errors(errors)), used, passed, lines
