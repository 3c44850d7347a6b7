"""RowStore: rows of a table or view with their multiplicities, found by key; and its cheap snapshots."""

from cython.operator cimport dereference as deref
from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Type, native_type

from .errors import InternalError


cdef extern from "store_read.hpp" namespace "sabot" nogil:
    int64_t piece_bytes(const PieceView&)
    Chunk view_chunk(const PieceView&, const vector[int64_t]&) except +
    Chunk lookup_rows(NativeStore&, const vector[int64_t]&, const Chunk&, vector[int64_t]&, int64_t) except +
    Chunk lookup_by_index "sabot::lookup_rows"(NativeStore&, KeyIndex&, const Chunk&, vector[int64_t]&, int64_t) except +
    Chunk lookup_all "sabot::lookup_rows"(NativeStore&, const vector[int64_t]&, const Chunk&, vector[int64_t]&) except +
    cbool contains_rows(NativeStore&, const Chunk&) except +
    cbool has_negative(const Chunk&)
    ColumnPtr int8_column(const vector[int64_t]&) except +
    Chunk consolidate(const Chunk&) except +


cdef class Snapshot:
    """The rows of a store at one moment; later changes do not show. May be read from any thread."""

    @property
    def num_pieces(self):
        return deref(self.view).size()

    @property
    def nbytes(self):
        """Bytes of the buffers, some of which the store may have, too."""
        cdef int64_t total = 0
        cdef size_t i
        for i in range(deref(self.view).size()):
            total += piece_bytes(deref(deref(self.view)[i]))
        return total

    def piece(self, size_t number, columns=None):
        """One of the batches, of these columns (default: all)."""
        if number >= deref(self.view).size():
            raise IndexError(number)
        cdef vector[int64_t] wanted = range(len(self.types)) if columns is None else columns
        cdef Chunk chunk
        with nogil:
            chunk = view_chunk(deref(deref(self.view)[number]), wanted)
        return Batch.wrap(chunk)

    def batches(self, columns=None, cbool expanded=False):
        """Batches of these columns (default: all). Multiplicities are weights, or with `expanded` repeated rows."""
        cdef vector[int64_t] wanted = range(len(self.types)) if columns is None else columns
        cdef size_t i
        cdef Chunk chunk
        cdef Batch batch
        out = []
        for i in range(deref(self.view).size()):
            with nogil:
                chunk = view_chunk(deref(deref(self.view)[i]), wanted)
            batch = Batch.wrap(chunk)
            out.append(batch.expanded() if expanded else batch)
        return out


cdef class RowStore:
    """Rows with weights. `key`: columns to find them by (None: the whole row); a key may have many rows.

    `append_only`: identical rows are not merged and nothing is ever removed. `logged`: changes are kept for `drain`.
    """

    def __init__(self, types, key=None, *, cbool append_only=False, cbool logged=True):
        cdef vector[Type] native
        self.types = tuple(types)
        self.key = tuple(range(len(self.types))) if key is None else tuple(key)
        cdef vector[int64_t] positions = self.key
        for sql_type in self.types:
            native.push_back(native_type(sql_type))
        self.store.reset(new NativeStore(native, positions, append_only))
        self.logged = logged

    def apply(self, Batch delta):
        """Add a delta. A multiplicity below zero is an InternalError that names the row; nothing is changed then."""
        self._add(delta, False)
        cdef Chunk chunk = delta.chunk
        if self.logged:
            with nogil:
                self.log.add(chunk)

    def restore(self, Batch delta, *, cbool distinct=False):
        """Add a drained batch back; it is not drained again. `distinct`: none of its rows is stored, and none comes twice."""
        self._add(delta, distinct)

    cdef _add(self, Batch delta, cbool distinct):
        cdef Chunk chunk = delta.chunk
        cdef int64_t bad
        if chunk.columns.size() != len(self.types):
            raise InternalError(f"a delta of {chunk.columns.size()} columns for a store of {len(self.types)}")
        with nogil:
            if has_negative(chunk):
                chunk = consolidate(chunk)
                distinct = False
            bad = self.store.get().apply(chunk, True, NULL, distinct)
            if bad < 0:
                self.store.get().compact()
        if bad >= 0:
            row = Batch.wrap(chunk).slice(bad, 1)
            raise InternalError(
                f"more copies of a row are removed than there are: {row.to_rows()[0]!r} times {row.weights()[0]}"
            )

    def drain(self):
        """The consolidated change since the last drain, or None."""
        cdef Chunk out
        with nogil:
            out = self.log.drain()
        return Batch.wrap(out) if out.length else None

    def snapshot(self):
        """The rows as they are now; cheap, shared until the next change."""
        cdef Snapshot s = Snapshot.__new__(Snapshot)
        s.view = self.store.get().snapshot()
        s.num_rows = self.store.get().total()
        s.types = self.types
        return s

    def lookup(self, Batch keys):
        """Rows whose key equals one of `keys` (NULL equals nothing), with multiplicities as weights."""
        return self.lookup_by(self.key, keys)

    def lookup_by(self, columns, Batch keys):
        """The same for any columns; an index over them is built when first asked for."""
        cdef vector[int64_t] wanted = columns
        cdef vector[int64_t] positions
        cdef Chunk out
        with nogil:
            out = lookup_all(deref(self.store), wanted, keys.chunk, positions)
        return Batch.wrap(out)

    def lookup_few(self, columns, Batch keys, int64_t limit):
        """The same, or None if more than `limit` different rows are found."""
        cdef vector[int64_t] wanted = columns
        cdef vector[int64_t] positions
        cdef Chunk out
        with nogil:
            out = lookup_rows(deref(self.store), wanted, keys.chunk, positions, limit)
        return Batch.wrap(out) if out.length <= limit else None

    def lookup_beside(self, columns, Batch keys, int64_t limit):
        """The same while another thread reads the store; None, too, where there is no index over these columns."""
        cdef vector[int64_t] wanted = columns
        cdef vector[int64_t] positions
        cdef KeyIndex* index = self.store.get().existing(wanted)
        if index == NULL:
            return None
        cdef Chunk out = lookup_by_index(deref(self.store), deref(index), keys.chunk, positions, limit)  # snapshots are kept off
        return Batch.wrap(out) if out.length <= limit else None

    @property
    def indexed(self):
        """The columns of each index that look-ups have built."""
        return [tuple(columns) for columns in self.store.get().indexed()]

    def drop_index(self, columns):
        """Forget the index over these columns; it is built again when asked for."""
        cdef vector[int64_t] wanted = columns
        self.store.get().drop_index(wanted)

    def probe(self, Batch keys):
        """(rows found by key, and beside each the row of `keys` that found it, as one int8 column)."""
        cdef vector[int64_t] wanted = self.key
        cdef vector[int64_t] positions
        cdef Chunk out, where
        with nogil:
            out = lookup_all(deref(self.store), wanted, keys.chunk, positions)
            where.length = out.length
            where.columns.push_back(int8_column(positions))
        return Batch.wrap(out), Batch.wrap(where)

    def contains(self, Batch rows):
        """Every row is stored at least as often as its weight says."""
        cdef cbool found
        with nogil:
            found = contains_rows(deref(self.store), rows.chunk)
        return found

    @property
    def num_rows(self):
        """Rows, counted with their multiplicities."""
        return self.store.get().total()

    @property
    def entries(self):
        """Distinct rows."""
        return self.store.get().rows()

    @property
    def nbytes(self):
        return self.store.get().bytes()
