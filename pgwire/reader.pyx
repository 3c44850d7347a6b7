"""Fields of one message body; running over its end is UserError 08P01."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t

from ..kernels.errors import UserError
from .messages import Bind


cdef class Reader:
    cdef bytes data
    cdef const uint8_t* bytes_
    cdef Py_ssize_t at, size
    cdef object incoming

    def __init__(self, bytes data, incoming=None):
        """`incoming` makes UTF-8 of the client's text."""
        self.data, self.bytes_, self.size, self.incoming = data, data, len(data), incoming

    cdef const uint8_t* cut(self, Py_ssize_t n) except NULL:
        if n > self.size - self.at:
            self.at = self.size
            raise UserError("insufficient data left in message", "08P01")
        self.at += n
        return self.bytes_ + self.at - n

    cdef uint32_t number(self) except? 0:
        cdef const uint8_t* p = self.cut(4)
        return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]

    cpdef integer(self):
        return <int32_t>self.number()

    cdef uint16_t short(self) except? 0:
        cdef const uint8_t* p = self.cut(2)
        return <uint16_t>((p[0] << 8) | p[1])

    def count(self):
        """An unsigned 16-bit number of things that follow."""
        return self.short()

    cpdef tuple counts(self):
        """A 16-bit count and that many 16-bit values (format codes)."""
        cdef int n = self.short()
        return tuple([self.short() for _ in range(n)]) if n else ()

    def oids(self):
        cdef int n = self.short()
        return tuple([self.number() for _ in range(n)]) if n else ()

    def take(self, Py_ssize_t n):
        return PyBytes_FromStringAndSize(<const char*>self.cut(n), n)

    cdef value(self):
        cdef int32_t n = <int32_t>self.number()
        if n == -1:
            return None
        if n < 0:
            raise UserError("invalid length of a parameter value", "08P01")
        if n == 0:
            return b""
        return PyBytes_FromStringAndSize(<const char*>self.cut(n), n)

    cpdef text(self):
        """A zero-terminated string."""
        cdef const uint8_t* start = self.bytes_ + self.at
        cdef Py_ssize_t stop = self.data.find(b"\0", self.at)
        if stop < 0:
            raise UserError("invalid string in message", "08P01")
        cdef Py_ssize_t n = stop - self.at
        self.at += n + 1
        if n == 0 and self.incoming is None:
            return ""
        cdef bytes raw = PyBytes_FromStringAndSize(<const char*>start, n)
        return decode_text(raw if self.incoming is None else self.incoming(raw))

    def rest(self):
        cdef Py_ssize_t start = self.at
        self.at = self.size
        return self.data[start:]

    def end(self):
        if self.at != self.size:
            raise UserError("invalid message format", "08P01")

    def bind(self):
        """A Bind whole."""
        portal, statement, formats = self.text(), self.text(), self.counts()
        cdef int n = self.short()
        values = tuple([self.value() for _ in range(n)])
        if len(formats) > 1 and len(formats) != n:
            raise UserError(f"bind message has {len(formats)} parameter formats but {n} parameters", "08P01")
        return Bind(portal, statement, formats, values, self.counts())


cpdef decode_text(bytes data):
    """Text of the client; 22021 when it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        shown = " ".join([f"0x{b:02x}" for b in data[e.start : e.start + 4]])
        raise UserError(f'invalid byte sequence for encoding "UTF8": {shown}', "22021") from None
