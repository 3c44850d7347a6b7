# distutils: language = c++
from libc.stdint cimport int64_t, uint32_t
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr, unique_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Type


cdef extern from "store_read.hpp" namespace "sabot" nogil:
    cdef cppclass PieceView:
        int64_t length
        int64_t live
    ctypedef shared_ptr[const PieceView] PieceViewPtr
    ctypedef shared_ptr[const vector[PieceViewPtr]] StoreView
    cdef cppclass KeyIndex:
        pass
    cdef cppclass NativeStore "sabot::RowStore":
        NativeStore(vector[Type], vector[int64_t], cbool) except +
        int64_t rows()
        int64_t total()
        int64_t bytes()
        int64_t apply(const Chunk&, cbool, vector[uint32_t]*, cbool) except +
        void compact() except +
        StoreView snapshot() except +
        KeyIndex* existing(const vector[int64_t]&)
        vector[vector[int64_t]] indexed()
        void drop_index(const vector[int64_t]&)
    cdef cppclass ChangeLog:
        void add(const Chunk&) except +
        Chunk drain() except +


cdef class Snapshot:
    cdef StoreView view
    cdef readonly int64_t num_rows
    cdef readonly tuple types


cdef class RowStore:
    cdef unique_ptr[NativeStore] store
    cdef ChangeLog log
    cdef cbool logged
    cdef readonly tuple types
    cdef readonly tuple key

    cdef _add(self, Batch delta, cbool distinct)
