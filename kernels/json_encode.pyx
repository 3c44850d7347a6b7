"""Rows of a batch as JSON documents."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk


cdef extern from "json_encode.hpp" namespace "sabot" nogil:
    cdef cppclass JsonShape:
        JsonShape()
        cbool raw
        cbool map
        vector[JsonShape] children
    void append_json_string(string&, string)
    void encode_row(string&, const Chunk&, int64_t, const vector[string]&, const vector[JsonShape]&) except +


cdef JsonShape _shape(sql_type) except *:
    cdef JsonShape out
    out.raw = sql_type.name == "json"
    out.map = sql_type.name == "map"
    if sql_type.elem is not None:
        out.children.push_back(_shape(sql_type.elem))
    for _, field in sql_type.fields:
        out.children.push_back(_shape(field))
    return out


def encode_json(Batch batch, names, types):
    """One JSON object per row (bytes), members named `names`; weights are left out."""
    cdef vector[string] keys
    cdef vector[JsonShape] shapes
    cdef string text
    cdef int64_t row
    for name, sql_type in zip(names, types):
        text.clear()
        append_json_string(text, <string>name.encode())
        keys.push_back(text + b":")
        shapes.push_back(_shape(sql_type))
    out = []
    for row in range(batch.chunk.length):
        text.clear()
        encode_row(text, batch.chunk, row, keys, shapes)
        out.append(text.data()[:text.size()])
    return out
