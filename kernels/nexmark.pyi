from collections.abc import Sequence

from .batch import Batch

PERSON: int
AUCTION: int
BID: int
EVENTS: int

def rows_before(table: int, event: int) -> int: ...
def event_of(table: int, row: int) -> int: ...

class Generator:
    def __init__(
        self,
        *,
        seed: int = 0,
        base_time_us: int = ...,
        gap_ns: int = 100000,
        hot_auction_ratio: int = 2,
        hot_seller_ratio: int = 4,
        hot_bidder_ratio: int = 4,
        active_people: int = 1000,
        in_flight_auctions: int = 100,
    ) -> None: ...
    def generate(self, table: int, first_event: int, end_event: int, columns: Sequence[int]) -> Batch: ...
    def generate_events(
        self, first_event: int, end_event: int, columns: Sequence[tuple[int, Sequence[int], Sequence[str]]]
    ) -> Batch: ...
