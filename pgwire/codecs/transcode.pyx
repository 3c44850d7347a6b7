"""Text between UTF-8 and the character set of a client (client_encoding)."""

from libcpp cimport bool as cbool
from libcpp.string cimport string


cdef extern from "wire_error.hpp" namespace "sabot::wire":
    void raise_wire_error()

cdef extern from "transcode.hpp" namespace "sabot::wire" nogil:
    cdef cppclass CTranscoder "sabot::wire::Transcoder":
        CTranscoder()
        CTranscoder(const string&) except +raise_wire_error
        const char* name()
        cbool plain()
        string incoming(const string&) except +raise_wire_error
        string outgoing(const string&, const string&, cbool) except +raise_wire_error


cdef class Transcoder:
    cdef CTranscoder _coder

    def __init__(self, str encoding):
        self._coder = CTranscoder(<string>encoding.encode())

    @property
    def name(self):
        return self._coder.name().decode()

    @property
    def plain(self):
        return self._coder.plain()

    def incoming(self, bytes data):
        if data.isascii():
            return data
        return <bytes>self._coder.incoming(<string>data)

    def outgoing(self, bytes messages, bytes fields, bint rows_in_copy):
        if messages.isascii():
            return messages
        cdef string given = messages, kinds = fields, out
        with nogil:
            out = self._coder.outgoing(given, kinds, rows_in_copy)
        return <bytes>out
