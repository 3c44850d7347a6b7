"""The short way of statements that read one key: from what Bind says through the row store to the answer's bytes, in one call.

The session decides once per statement whether it is one (`SessionApi.key_read`), and lets each run in (`begin_read`). Whatever
is not exactly such a run, or not now, goes the dialogue's way, with nothing consumed.
"""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Columns, Type, native_type
from sabot.kernels.store cimport NativeStore, RowStore
from sabot.pgwire.codecs.encode cimport OutputSettings, RowEncoder, WireColumn
from sabot.pgwire.codecs.wire cimport WireType, wire_type

from ..kernels.errors import SabotError
from .backend import row_description
from .limits import KEY_READS, ROW_CHUNK_BYTES
from .machine import parse_message
from .results import expand_formats


cdef extern from "wire_error.hpp" namespace "sabot::wire":
    void raise_wire_error()

cdef extern from *:
    """
    #include "key_rows.hpp"
    static inline std::string_view view_of(const char* p, size_t n) { return {p, n}; }
    static inline bool same(std::string_view a, const std::string& b) { return a == b; }
    """
    cdef cppclass string_view "std::string_view":
        string_view()
        const char* data()
        size_t size()
        cbool empty()
    string_view view_of(const char*, size_t)
    cbool same(string_view, const string&)
    cdef cppclass RunValue "sabot::wire::RunValue":
        pass
    cdef cppclass KeyRun "sabot::wire::KeyRun":
        string_view parse
        string_view statement
        string_view results
        vector[RunValue] values
        cbool describe
        size_t size
    cdef cppclass KeyPart "sabot::wire::KeyPart":
        KeyPart()
        int parameter
        ColumnPtr constant
        Type type
        WireType wire
    cbool read_run "sabot::wire::read_run"(string_view, KeyRun&)
    cbool read_query "sabot::wire::read_query"(string_view, string_view&)
    cdef cppclass Constant "sabot::wire::Constant":
        char kind
        string text
    cbool split "sabot::wire::without_constants"(string_view, string&, vector[Constant]&)
    void values_of "sabot::wire::values_of"(const vector[Constant]&, KeyRun&)
    cbool key_of_run "sabot::wire::key_of_run"(const vector[KeyPart]&, const KeyRun&, Columns&) except +raise_wire_error
    cbool may_read "sabot::wire::may_read"(string_view)
    cbool store_fits "sabot::wire::store_fits"(
        NativeStore&, const vector[int64_t]&, Columns&, const vector[int64_t]&, const vector[WireColumn]&
    )
    void write_key_rows "sabot::wire::write_key_rows"(
        NativeStore&, const Columns&, const vector[int64_t]&, const vector[WireColumn]&, const OutputSettings&, string&
    ) except +raise_wire_error


cdef bytes kinds_of(const vector[Constant]& constants):
    cdef size_t i
    cdef string kinds
    for i in range(constants.size()):
        kinds.push_back(constants[i].kind)
    return kinds


def without_constants(str text):
    cdef string pattern
    cdef vector[Constant] constants
    cdef size_t i
    cdef bytes raw = text.encode("utf-8", "surrogatepass")
    if not split(view_of(raw, len(raw)), pattern, constants):
        return None
    values = [<bytes>constants[i].text for i in range(constants.size())]
    return pattern.decode("utf-8", "surrogatepass"), kinds_of(constants).decode(), values


cdef class Statement:
    """A statement that was asked for: `read` is None when it does not read a key. Good as long as the session's `decided`."""

    cdef object prepared   # a named one: what the session has under its name
    cdef object decided, read
    cdef str name
    cdef vector[KeyPart] parts
    cdef vector[int64_t] key_columns, positions
    cdef size_t parameters
    cdef string results    # the result formats that `encoder` and `description` are for
    cdef RowEncoder encoder
    cdef bytes description

    def __init__(self, prepared, decided, read, str name=""):
        cdef KeyPart part
        cdef Batch constant
        self.prepared, self.decided, self.read, self.name = prepared, decided, read, name
        if read is None:
            return
        for given, sql_type in zip(read.key, read.key_types, strict=True):
            part = KeyPart()
            part.type = native_type(sql_type)
            part.wire = wire_type(sql_type)
            if isinstance(given, int):
                part.parameter = given
                self.parameters += 1
            else:
                constant = given
                part.constant = constant.chunk.columns[0]
            self.parts.push_back(part)
        self.key_columns, self.positions = read.key_columns, read.positions

    cdef cbool shape(self, string_view results) except *:
        """Makes encoder and description for these result formats; False when they are wrong."""
        if self.encoder is not None and same(results, self.results):
            return True
        cdef bytes raw = results.data()[: results.size()]
        codes = tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(2, len(raw), 2))
        columns, wire = self.read.columns, self.read.wire
        try:
            formats = expand_formats(codes, len(columns))
        except SabotError:
            return False
        self.encoder = RowEncoder(columns.types, formats, wire.time_zone, wire.styles)
        self.description = row_description(columns, formats)
        self.results = string(results.data(), results.size())
        return True


cdef keep(dict known, bytes key, Statement statement):
    if len(known) >= KEY_READS:
        known.clear()
    known[key] = statement


cdef class KeyReads:
    cdef object session, begin, end, unnamed
    cdef size_t most     # bytes of answers given at a time
    cdef dict named      # name → Statement
    cdef dict parsed     # body of a Parse of the unnamed statement → Statement
    cdef dict texts      # pattern of a text → Statement

    def __init__(self, session, unnamed):
        self.session, self.begin, self.end, self.unnamed = session, session.begin_read, session.end_read, unnamed
        self.named, self.parsed, self.texts = {}, {}, {}
        self.most = ROW_CHUNK_BYTES

    def answer(self, bytes data):
        cdef const char* at = data
        cdef size_t size = len(data), done = 0
        cdef KeyRun run
        cdef Columns key
        cdef string out
        cdef Statement statement
        if at[0] == b"Q":
            return self.answer_query(view_of(at, size))
        while done < size and out.size() < self.most and read_run(view_of(at + done, size - done), run):
            statement = self.statement_of(run)
            if statement is None or statement.parameters != run.values.size() or not statement.shape(run.results):
                break
            if not key_of_run(statement.parts, run, key):
                break
            if not self.write(statement, key, not run.parse.empty(), True, run.describe, None, out):
                break
            if not run.parse.empty():
                self.unnamed(statement.prepared)
            done += run.size
        return <bytes>out, done

    cdef tuple answer_query(self, string_view data):
        cdef string_view text
        cdef string pattern, out
        cdef vector[Constant] constants
        cdef KeyRun run
        cdef Columns key
        cdef Statement statement
        if not read_query(data, text) or not may_read(text) or not split(text, pattern, constants):
            return b"", 0
        cdef bytes kinds = kinds_of(constants)
        cdef bytes raw = <bytes>pattern + kinds
        statement = self.texts.get(raw)
        if statement is None or statement.decided is not self.session.decided:
            try:
                read = self.session.key_read_of_text((<bytes>pattern).decode(), kinds.decode())
            except UnicodeDecodeError:
                return b"", 0
            if read is None:  # not yet known, or none
                return b"", 0
            statement = Statement(None, self.session.decided, read)
            keep(self.texts, raw, statement)
        values_of(constants, run)
        if statement.parameters != run.values.size() or not key_of_run(statement.parts, run, key):
            return b"", 0
        cdef bytes whole = text.data()[: text.size()]
        if not statement.shape(view_of(b"\0\0", 2)) or not self.write(statement, key, False, False, True, whole.decode(), out):
            return b"", 0
        self.unnamed(None)
        return <bytes>out, data.size()

    cdef Statement statement_of(self, const KeyRun& run):
        """The statement of a run, if it reads a key."""
        cdef Statement found
        cdef bytes raw
        statements = self.session.statements
        if run.parse.empty():
            raw = run.statement.data()[: run.statement.size()]
            found = self.named.get(raw)
            if found is None or found.decided is not self.session.decided or statements.get(found.name) is not found.prepared:
                try:
                    name = raw.decode()
                except UnicodeDecodeError:
                    return None
                prepared = statements.get(name)
                if prepared is None:
                    return None
                found = Statement(prepared, self.session.decided, self.session.key_read(prepared), name)
                keep(self.named, raw, found)
        else:
            raw = run.parse.data()[: run.parse.size()]
            found = self.parsed.get(raw)
            if found is None or found.decided is not self.session.decided:
                if not may_read(view_of(run.parse.data() + 1, run.parse.size() - 1)):
                    return None
                try:
                    message = parse_message(raw)
                    prepared = self.session.prepare(message.sql, message.types)
                except SabotError:
                    return None
                found = Statement(prepared, self.session.decided, self.session.key_read(prepared))
                keep(self.parsed, raw, found)
        return found if found.read is not None else None

    cdef cbool write(
        self, Statement statement, Columns& key, cbool parsed, cbool bound, cbool described, str text, string& out
    ) except *:
        """The answer of one run behind `out`; False when it is to go the dialogue's way."""
        cdef size_t before = out.size()
        cdef RowStore store = self.begin(statement.read, text)
        if store is None:
            return False
        try:
            if not store_fits(store.store.get()[0], statement.key_columns, key, statement.positions, statement.encoder.columns):
                return False
            if parsed:
                out.append(b"1\0\0\0\4", 5)
            if bound:
                out.append(b"2\0\0\0\4", 5)
            if described:
                out.append(<const char*>statement.description, len(statement.description))
            write_key_rows(store.store.get()[0], key, statement.positions, statement.encoder.columns, statement.encoder.settings, out)
        except SabotError:
            out.resize(before)
            return False
        finally:
            self.end()
        return True
