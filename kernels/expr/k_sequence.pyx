"""Sequences: nextval and its kin, and the shared counters behind them."""

from libc.stdint cimport int64_t, uintptr_t
from libcpp cimport bool as cbool
from libcpp.memory cimport make_shared, shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector


cdef extern from "sequence.hpp" namespace "sabot":
    ctypedef void (*KernelFn)()
    cdef cppclass KernelEntry:
        const char* name
        KernelFn fn
    vector[KernelEntry] sequence_kernels() except +
    cdef cppclass NativeSequence "sabot::Sequence":
        string name
        int64_t increment
        int64_t least
        int64_t most
        cbool cycle
        int64_t last
        int64_t log_count
        cbool called
    cdef cppclass NativeTable "sabot::SequenceTable":
        void define(int64_t, NativeSequence)
        void forget(int64_t)
        NativeSequence state(int64_t) except +
    cdef cppclass NativeSession "sabot::SequenceSession":
        shared_ptr[NativeTable] table
        vector[int64_t] take_touched()
        void forget_drawn()
    cdef cppclass NativeSessions "sabot::SequenceSessions":
        int64_t open(shared_ptr[NativeSession])
        void close(int64_t)
    NativeSessions& sequence_sessions()


def kernels():
    """Kernel addresses by name."""
    cdef KernelEntry e
    return {e.name.decode(): <uintptr_t>e.fn for e in sequence_kernels()}


cdef class SequenceTable:
    """The counters of one server, by the OID of their sequence."""

    cdef shared_ptr[NativeTable] native

    def __cinit__(self):
        self.native = make_shared[NativeTable]()

    def define(self, int64_t id, str name, int64_t increment, int64_t least, int64_t most, bint cycle, state):
        """Make or replace a counter; `state` is (last value, log count, whether the value was given out)."""
        cdef NativeSequence s
        s.name = name.encode()
        s.increment, s.least, s.most, s.cycle = increment, least, most, cycle
        s.last, s.log_count, s.called = state
        self.native.get().define(id, s)

    def forget(self, int64_t id):
        self.native.get().forget(id)

    def state(self, int64_t id):
        """(last value, log count, whether the value was given out)."""
        cdef NativeSequence s = self.native.get().state(id)
        return s.last, s.log_count, bool(s.called)


cdef class SequenceSession:
    """What one session drew: currval and lastval. `handle` stands for it in programs."""

    cdef shared_ptr[NativeSession] native
    cdef readonly int64_t handle

    def __cinit__(self, SequenceTable table):
        self.native = make_shared[NativeSession]()
        self.native.get().table = table.native
        self.handle = sequence_sessions().open(self.native)

    def __dealloc__(self):
        sequence_sessions().close(self.handle)

    def take_touched(self):
        """OIDs of the sequences that this session has changed since the last call."""
        return list(self.native.get().take_touched())

    def forget_drawn(self):
        """DISCARD SEQUENCES."""
        self.native.get().forget_drawn()
