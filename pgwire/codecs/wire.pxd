# distutils: language = c++
"""C++ names that encoder and decoder share."""

from libc.stdint cimport uint32_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Kind, Type, native_type


cdef extern from "wire_type.hpp" namespace "sabot::wire" nogil:
    cdef cppclass WireType:
        WireType()
        Kind kind
        uint32_t oid
        cbool void_type
        cbool from_zero
        cbool json
        cbool bits
        cbool versioned
        cbool map
        vector[string] names
        vector[WireType] children


cdef inline WireType wire_type(sql_type) except *:
    """The wire's view of an SqlType."""
    cdef WireType t
    t.kind = <Kind><int>int(sql_type.kind)
    t.oid = sql_type.oid
    t.void_type = sql_type.name == "void"
    t.from_zero = sql_type.name in ("int2vector", "oidvector")
    t.json = sql_type.name == "json"
    t.bits = sql_type.name in ("bit", "varbit")
    t.versioned = sql_type.name == "jsonpath"
    t.map = sql_type.name == "map"
    if int(sql_type.kind) == 21:
        t.names = native_type(sql_type).names
    if sql_type.elem is not None:
        t.children.push_back(wire_type(sql_type.elem))
    for _, field in sql_type.fields:
        t.children.push_back(wire_type(field))
    return t
