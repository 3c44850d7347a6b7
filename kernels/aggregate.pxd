from libc.stdint cimport int64_t, uint8_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Type


cdef extern from "ordered_aggregates.hpp" namespace "sabot" nogil:
    cdef cppclass OrderColumn:
        int64_t column
        cbool descending
        cbool nulls_first

    cdef cppclass CallSpec:
        string function
        vector[int64_t] args
        vector[Type] arg_types
        Type result
        cbool distinct
        int64_t filter
        vector[OrderColumn] order
        vector[Type] order_types
        vector[double] fractions
        cbool fraction_list
        string delimiter
        vector[uint8_t] raw_json
        cbool append_only


cdef CallSpec call_spec(call, types, cbool append_only) except *
cdef vector[OrderColumn] order_columns(order) except *
