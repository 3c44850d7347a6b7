"""The Nexmark generator: any range of events as batches, deterministic by seed and event number."""

from libc.stdint cimport int64_t, uint64_t
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk


cdef extern from "nexmark.hpp" namespace "sabot::nexmark" nogil:
    cdef cppclass Config:
        Config()
        uint64_t seed
        int64_t base_time_us
        int64_t gap_ns
        int64_t hot_auction_ratio
        int64_t hot_seller_ratio
        int64_t hot_bidder_ratio
        int64_t active_people
        int64_t in_flight_auctions
    int64_t _rows_before "sabot::nexmark::rows_before"(int, int64_t)
    int64_t _event_of "sabot::nexmark::event_of"(int, int64_t)
    cdef cppclass EventColumn:
        int table
        vector[int] fields
        vector[string] names
    Chunk _generate_events "sabot::nexmark::generate_events"(const Config&, int64_t, int64_t, const vector[EventColumn]&) except +
    Chunk _generate "sabot::nexmark::generate"(const Config&, int, int64_t, int64_t, const vector[int]&) except +


PERSON, AUCTION, BID, EVENTS = 0, 1, 2, 3


def rows_before(int table, int64_t event):
    """How many of the events before `event` belong to the table."""
    return _rows_before(table, event)


def event_of(int table, int64_t row):
    """The number of the event that is row `row` (from 0) of the table."""
    return _event_of(table, row)


cdef class Generator:
    """One configuration. Times are microseconds since 1970, the gap between events nanoseconds."""
    cdef Config config

    def __init__(
        self, *, uint64_t seed=0, int64_t base_time_us=1436918400000000, int64_t gap_ns=100000,
        int64_t hot_auction_ratio=2, int64_t hot_seller_ratio=4, int64_t hot_bidder_ratio=4,
        int64_t active_people=1000, int64_t in_flight_auctions=100,
    ):
        self.config.seed = seed
        self.config.base_time_us = base_time_us
        self.config.gap_ns = gap_ns
        self.config.hot_auction_ratio = hot_auction_ratio
        self.config.hot_seller_ratio = hot_seller_ratio
        self.config.hot_bidder_ratio = hot_bidder_ratio
        self.config.active_people = active_people
        self.config.in_flight_auctions = in_flight_auctions

    def generate(self, int table, int64_t first_event, int64_t end_event, columns):
        """The table's rows among the events [first_event, end_event); `columns` are standard positions."""
        cdef vector[int] wanted = columns
        cdef Chunk out
        if not 0 <= table <= 2 or first_event < 0 or end_event < first_event:
            raise ValueError("no such table or range of events")
        with nogil:
            out = _generate(self.config, table, first_event, end_event, wanted)
        return Batch.wrap(out)

    def generate_events(self, int64_t first_event, int64_t end_event, columns):
        """One row per event of [first_event, end_event). Of `columns`, (table, standard positions, names) is a row of those
        fields, NULL where the event is of another table, and (EVENTS, (), ()) the number of the event's table."""
        cdef vector[EventColumn] wanted
        cdef EventColumn column
        cdef Chunk out
        if first_event < 0 or end_event < first_event:
            raise ValueError("no such range of events")
        for table, fields, names in columns:
            if not 0 <= table <= EVENTS:
                raise ValueError("no such table")
            column.table, column.fields, column.names = table, fields, [name.encode() for name in names]
            wanted.push_back(column)
        with nogil:
            out = _generate_events(self.config, first_event, end_event, wanted)
        return Batch.wrap(out)
