"""Blocks: any batch comes back as it was; damage is noticed."""

import random

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.block import DamagedBlock, decode_block, encode_block
from sabot.kernels.types import (
    BOOL,
    INT2,
    INT4,
    INT8,
    INT256,
    INTERVAL,
    JSONB,
    NUMERIC,
    TEXT,
    UUID,
    list_of,
    struct_of,
)

TYPES = (
    BOOL,
    INT2,
    INT4,
    INT8,
    NUMERIC,
    TEXT,
    JSONB,
    INTERVAL,
    UUID,
    INT256,
    list_of(list_of(TEXT)),
    struct_of(("a", INT4), ("b", list_of(struct_of(("c", BOOL))))),
)
ROWS = [
    (True, 1, 2, 3, "1.50", "x", "{}", (1, 2, 3), bytes(16), bytes(32), [["a"], None], (1, [(True,), None])),
    (None,) * 12,
    (False, -1, -2, -3, "-0.1", "", "[]", (0, 0, 0), b"\xff" * 16, b"\x01" * 32, [], (None, [])),
] * 11


@pytest.mark.parametrize("weights", [None, [1, -1, 2] * 11, [10**12, -(10**15), 1] * 11])
def test_a_block_gives_the_batch_back(weights: list[int] | None) -> None:
    batch = Batch.from_rows(TYPES, ROWS, weights)
    again = decode_block(encode_block(batch))
    assert again.to_rows() == ROWS
    assert again.weights() == batch.weights()
    assert again.append_only == (weights is None)


def test_slices_store_only_their_rows() -> None:
    batch = Batch.from_rows(TYPES, ROWS)
    for start, length in ((1, 4), (7, 17), (5, 0)):
        piece = encode_block(batch.slice(start, length))
        assert decode_block(piece).to_rows() == ROWS[start : start + length]
    assert len(encode_block(batch.slice(3, 3))) < len(encode_block(batch)) / 3


def test_constants_untyped_nulls_and_no_columns() -> None:
    batch = Batch.repeat(TEXT, "x", 1000).hstack(Batch.unit(1000).scatter((), 2))
    block = encode_block(batch)
    assert len(block) < 300
    assert decode_block(block).to_rows() == [("x", None, None)] * 1000
    assert decode_block(encode_block(Batch.unit(5))).num_rows == 5


def test_every_changed_byte_and_every_cut_is_noticed() -> None:
    block = encode_block(Batch.from_rows((INT8, TEXT), [(i, f"value {i}") for i in range(50)]))
    for at in range(len(block)):
        with pytest.raises(DamagedBlock) as caught:
            decode_block(block[:at] + bytes([block[at] ^ 0x10]) + block[at + 1 :])
        assert caught.value.sqlstate == "XX001"
    for size in random.Random(1).sample(range(len(block)), 30):
        with pytest.raises(DamagedBlock):
            decode_block(block[:size])
