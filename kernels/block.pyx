"""Blocks: batches as bytes for storage, with version and checksum (format: kernels/cpp/block.hpp)."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint64_t

from sabot.kernels.batch cimport Batch, Chunk

from .errors import FatalError


cdef extern from *:
    """
    #include "block.hpp"
    static void translate_block_error() {
        try {
            throw;
        } catch (const sabot::DamagedBlock& e) {
            PyErr_SetString(PyExc_LookupError, e.what());
        } catch (const std::exception& e) {
            PyErr_SetString(PyExc_RuntimeError, e.what());
        }
    }
    """
    void translate_block_error()
    cdef cppclass Bytes "sabot::Bytes":
        uint8_t* data()
        size_t size()
    Bytes _encode "sabot::encode_block"(const Chunk&) except + nogil
    Chunk _decode "sabot::decode_block"(const uint8_t*, size_t) except +translate_block_error nogil
    void _verify "sabot::verify_block"(const uint8_t*, size_t) except +translate_block_error nogil
    uint64_t _checksum "sabot::block_checksum"(const uint8_t*, size_t) nogil


class DamagedBlock(FatalError):
    """A block that was cut short, changed, or written by another version."""

    default_sqlstate = "XX001"


cdef class _Encoded:
    """Owner of encoded bytes while they are copied into a Python object."""
    cdef Bytes bytes


def encode_block(Batch batch):
    """The batch, weights included, as bytes."""
    cdef _Encoded out = _Encoded()
    with nogil:
        out.bytes = _encode(batch.chunk)
    return (<const char*>out.bytes.data())[:out.bytes.size()]


def decode_block(const uint8_t[::1] data not None):
    """The batch that `encode_block` was given; DamagedBlock (XX001) if these are not its bytes."""
    cdef Chunk chunk
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    cdef size_t n = data.shape[0]
    try:
        with nogil:
            chunk = _decode(p, n)
    except LookupError as e:
        raise DamagedBlock(f"damaged block: {e.args[0]}") from None
    return Batch.wrap(chunk)


def verify_block(const uint8_t[::1] data not None):
    """DamagedBlock (XX001) unless these are the unchanged bytes of a block; cheaper than decoding."""
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    cdef size_t n = data.shape[0]
    try:
        with nogil:
            _verify(p, n)
    except LookupError as e:
        raise DamagedBlock(f"damaged block: {e.args[0]}") from None


def checksum(const uint8_t[::1] data not None):
    """64-bit checksum of any bytes (the one inside blocks)."""
    return _checksum(&data[0] if data.shape[0] else NULL, data.shape[0])
