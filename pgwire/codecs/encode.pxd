# distutils: language = c++
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

from sabot.pgwire.codecs.wire cimport WireType


cdef extern from "write_rows.hpp" namespace "sabot" nogil:
    cdef cppclass TimeZone:
        pass
    cdef cppclass Styles:
        Styles()
    cdef cppclass OutputSettings:
        OutputSettings()
        const TimeZone* zone
        Styles styles

cdef extern from "write_rows.hpp" namespace "sabot::wire" nogil:
    cdef cppclass WireColumn:
        WireColumn()
        WireType type
        cbool binary


cdef class RowEncoder:
    cdef vector[WireColumn] columns
    cdef OutputSettings settings
