"""Mutated input never crashes the machine or the codecs, and never leaves a connection hanging."""

import asyncio
import contextlib
import random
import struct

import pytest
from sabot.kernels.errors import SabotError
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4, INTERVAL, JSONB, NUMERIC, TEXT, TIMESTAMPTZ, list_of, struct_of
from sabot.pgwire.codecs.decode import CopyDecoder, decode_parameters
from sabot.pgwire.machine import Machine, Phase
from sabot.pgwire.session_api import CopyFormat, WireSettings

from tests.pgwire.fuzz import fuzz

SEED = 20261123


def framed(code: bytes, body: bytes) -> bytes:
    return code + struct.pack("!i", len(body) + 4) + body


GOOD = [
    framed(b"Q", b"count 3\0"),
    framed(b"Q", b"copyin\0"),
    framed(b"P", b"s\0echo int4\0" + struct.pack("!HI", 1, 23)),
    framed(b"B", b"p\0s\0" + struct.pack("!HHHi", 1, 1, 1, 4) + b"\0\0\0\1" + struct.pack("!HH", 1, 1)),
    framed(b"D", b"Ss\0"),
    framed(b"E", b"p\0" + struct.pack("!i", 5)),
    framed(b"C", b"Ss\0"),
    framed(b"H", b""),
    framed(b"S", b""),
    framed(b"d", b"1\tx\n"),
    framed(b"c", b""),
    framed(b"f", b"no\0"),
]


def mutate(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(out)) if out else 0
        match rng.randrange(4):
            case 0 if out:
                out[at] = rng.randrange(256)
            case 1 if out:
                out[at] ^= 1 << rng.randrange(8)
            case 2:
                out[at:at] = rng.randbytes(rng.randrange(1, 5))
            case _:
                del out[at : at + rng.randrange(1, 4)]
    return bytes(out)


def reframed(rng: random.Random, data: bytes) -> bytes:
    """Mutations of the body only: the length stays right, so the dialogue itself is reached."""
    return framed(data[:1], mutate(rng, data[5:]))


def test_the_machine_gives_messages_or_clear_errors():
    rng = random.Random(SEED)
    for _ in range(20_000):
        machine = Machine(message_bytes=1 << 16)
        machine.phase = rng.choice(list(Phase))
        machine.feed(mutate(rng, rng.choice(GOOD)) + mutate(rng, rng.choice(GOOD)))
        try:
            while machine.next() is not None:
                pass
        except SabotError as error:
            assert error.sqlstate in ("08P01", "0A000", "22021", "54000")


def test_parameters_decode_or_raise():
    rng = random.Random(SEED)
    record = struct_of(("a", INT4), ("b", list_of(TEXT)))
    good = [
        (NUMERIC, struct.pack("!hhHhhh", 2, 0, 0x4000, 3, 12, 3450)),
        (list_of(INT4), struct.pack("!iiIiiiiii", 1, 1, 23, 2, 1, 4, 7, 0, -1)),
        (list_of(list_of(BOOL)), struct.pack("!iiIiiiiibib", 2, 0, 16, 2, 1, 1, 1, 1, 1, 1, 0)),
        (JSONB, b'\1{"a": [1, 2.5e3, "\\u00e9"]}'),
        (INTERVAL, struct.pack("!qii", 1, 2, 3)),
        (TIMESTAMPTZ, struct.pack("!q", 5)),
        (record, struct.pack("!iIiiIi", 2, 23, 4, 9, 1009, 12) + struct.pack("!iiI", 0, 0, 25)),
    ]
    texts = [
        "{1,NULL,3}",
        '{"a b",c}',
        "12.50",
        "2024-01-01 10:00:00+02",
        "1 day 02:00",
        '{"a": 1}',
        '(1,"{x}")',
    ]
    for _ in range(20_000):
        t, data = rng.choice(good)
        code = rng.randrange(2)
        value = mutate(rng, data if code else rng.choice(texts).encode())
        try:
            assert decode_parameters((t,), (code,), (value,), WireSettings()).num_rows == 1
        except SabotError as error:
            assert error.sqlstate != "XX000", (t, code, value)


def test_copy_input_decodes_or_raises():
    rng = random.Random(SEED)
    columns = schema_of(("a", INT4), ("b", TEXT))
    tuples = struct.pack("!hiii", 2, 4, 1, 1) + b"x" + struct.pack("!hii", 2, -1, -1)
    good = {
        "text": b"1\tx\\ty\n\\N\t\\N\n3\ta\\\nb\n",
        "csv": b'1,"x""y"\n,\n3,"a\nb"\n',
        "binary": b"PGCOPY\n\xff\r\n\0" + bytes(8) + tuples + b"\xff\xff",
    }
    for _ in range(20_000):
        name = rng.choice(list(good))
        form = CopyFormat("csv", ",", "") if name == "csv" else CopyFormat(name)
        decoder = CopyDecoder(columns, form, WireSettings())
        data = mutate(rng, good[name])
        cut = rng.randrange(len(data) + 1)
        try:
            decoder.feed(data[:cut])
            decoder.feed(data[cut:])
            decoder.finish()
            decoder.take()
        except SabotError as error:
            assert error.sqlstate != "XX000", (name, data)


@pytest.mark.slow
def test_a_real_server_stands_a_slice_of_the_fuzzer():
    tally = fuzz(15_000, SEED)
    assert not tally.failures, "\n".join(tally.failures)
    assert tally.codes.get("08P01", 0) > 100


def test_connections_survive_mutated_messages_or_end(run):
    rng = random.Random(SEED)

    async def one(server, keep_frames):
        wire = await server.connect()
        change = reframed if keep_frames else mutate
        for _ in range(40):
            wire.writer.write(change(rng, rng.choice(GOOD)))
        wire.writer.write(b"".join((GOOD[-2], GOOD[8], framed(b"X", b""))))
        wire.writer.write_eof()
        with contextlib.suppress(ConnectionResetError):  # closed with input unread
            await asyncio.wait_for(wire.reader.read(-1), 60)  # the server closes in the end
        wire.writer.close()

    async def test(server):
        for i in range(250):
            await one(server, i % 2 == 0)
        await asyncio.sleep(0.05)
        assert server.listener.connections == 0
        assert all(s.closed for s in server.world.sessions)
        wire = await server.connect()
        wire.send(("Q", b"count 1\0"))
        assert await wire.codes() == "TDCZ"

    run(test)
