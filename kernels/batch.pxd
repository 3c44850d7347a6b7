# distutils: language = c++
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector


cdef extern from "take.hpp" namespace "sabot" nogil:
    cdef enum class Kind(uint8_t):
        Null
        Bool

    cdef cppclass Buffer:
        uint8_t* data()
        size_t size()

    cdef cppclass Column:
        Column(const Column&)
        Kind kind
        cbool constant
        int64_t length
        shared_ptr[Buffer] validity
        shared_ptr[Buffer] data
        shared_ptr[Buffer] offsets
        vector[shared_ptr[const Column]] children
        vector[string] names
        cbool valid(int64_t) const
        int64_t at(int64_t) const

    ctypedef shared_ptr[const Column] ColumnPtr
    ctypedef vector[ColumnPtr] Columns
    ctypedef shared_ptr[Buffer] BufferPtr

    cdef cppclass Chunk:
        Chunk()
        int64_t length
        Columns columns
        BufferPtr weights
        int64_t weight(int64_t) const

    cdef cppclass Type:
        Type()
        Kind kind
        vector[Type] children
        vector[string] names

    cdef cppclass ColumnBuilder:
        ColumnBuilder(Type)
        void append_null() except +
        void append[T](const T&) except +
        void append_bytes(string) except +
        void close_row() except +
        ColumnBuilder& child(size_t)
        shared_ptr[Column] finish() except +

    BufferPtr allocate "sabot::Buffer::allocate"(size_t) except +
    ColumnPtr take(const Column&, const int64_t*, int64_t) except +
    ColumnPtr expand(const ColumnPtr&) except +
    ColumnPtr slice(const ColumnPtr&, int64_t, int64_t) except +
    ColumnPtr null_column(Kind, int64_t) except +
    Chunk take_chunk(const Chunk&, const int64_t*, int64_t) except +
    Chunk slice_chunk(const Chunk&, int64_t, int64_t) except +
    Chunk concat_chunks(const vector[Chunk]&) except +
    void hash_rows(const Columns&, int64_t, uint64_t*)


cdef class Batch:
    cdef Chunk chunk

    @staticmethod
    cdef Batch wrap(Chunk chunk)


cdef Type native_type(sql_type) except *
