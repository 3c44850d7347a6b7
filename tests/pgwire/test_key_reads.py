"""The short way of statements that read one key: the same bytes as the dialogue's, or the dialogue itself."""

import asyncio
import struct

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.types import INT4, TEXT
from sabot.pgwire.key_reads import without_constants

from .test_dialogue import DESCRIBE, SYNC, bind, execute, parse, query

SQL = "SELECT v WHERE k = $1"
ROWS = [(1, "one"), (2, None), (3, "x" * 100)]


def framed(*parts: tuple[str, bytes]) -> bytes:
    return b"".join(code.encode() + struct.pack("!i", len(body) + 4) + body for code, body in parts)


def filled(server) -> None:
    server.world.store.apply(Batch.from_rows((INT4, TEXT), ROWS))


def reads(server) -> int:
    return server.world.events.count("begin_read")


RUNS = {
    "found": [bind(b"1", name="s"), DESCRIBE, execute(), SYNC],
    "binary": [bind(struct.pack("!i", 1), name="s", formats=(1,), results=(1,)), DESCRIBE, execute(), SYNC],
    "undescribed": [bind(b"3", name="s"), execute(), SYNC],
    "a NULL found": [bind(b"2", name="s"), execute(), SYNC],
    "nothing": [bind(b"7", name="s"), DESCRIBE, execute(), SYNC],
    "a NULL asked": [bind(None, name="s"), execute(), SYNC],
    "unnamed": [parse(SQL), bind(b"1"), DESCRIBE, execute(), SYNC],
}
OTHERS = {
    "a limit": [bind(b"1", name="s"), execute(1), SYNC],
    "a named portal": [bind(b"1", name="s", portal="p"), execute(0, "p"), SYNC],
    "no such statement": [bind(b"1", name="t"), execute(), SYNC],
    "too few parameters": [bind(name="s"), execute(), SYNC],
    "a bad number": [bind(b"1x", name="s"), execute(), SYNC],
    "bad binary": [bind(b"abc", name="s", formats=(1,)), execute(), SYNC],
    "not UTF-8": [bind(b"\xff", name="s"), execute(), SYNC],
    "a bad format": [bind(b"1", name="s", formats=(7,)), execute(), SYNC],
    "a bad result format": [bind(b"1", name="s", results=(7,)), execute(), SYNC],
    "too many result formats": [bind(b"1", name="s", results=(0, 0)), execute(), SYNC],
    "executed twice": [bind(b"1", name="s"), execute(), execute(), SYNC],
    "another statement": [parse("echo int4"), bind(b"1"), DESCRIBE, execute(), SYNC],
    "unnamed, never parsed": [bind(b"1"), execute(), SYNC],
    "described as a statement": [bind(b"1", name="s"), ("D", b"Ss\0"), execute(), SYNC],
}


async def answers(server, messages: list[tuple[str, bytes]], *, whole: bool) -> list[tuple[str, bytes]]:
    """What comes back up to ReadyForQuery; in pieces of one byte the short way is never taken."""
    wire = await server.connect()
    wire.send(parse(SQL, "s"), SYNC)
    await wire.until()
    data = framed(*messages)
    if whole:
        wire.writer.write(data)
    else:
        for i in range(len(data)):
            wire.writer.write(data[i : i + 1])
            await wire.writer.drain()
            await asyncio.sleep(0.001)
    return await wire.until()


@pytest.mark.parametrize("name", [*RUNS, *OTHERS])
def test_it_answers_what_the_dialogue_answers(run, name):
    async def test(server):
        filled(server)
        messages = RUNS.get(name) or OTHERS[name]
        server.world.busy = True
        expected = await answers(server, messages, whole=False)
        server.world.busy = False
        assert await answers(server, messages, whole=True) == expected
        assert reads(server) == (name in RUNS)

    run(test)


def test_pipelined_runs_are_answered_in_order(run, cells):
    async def test(server):
        filled(server)
        wire = await server.connect()
        wire.send(parse(SQL, "s"), SYNC)
        await wire.until()
        one, bad = framed(bind(b"1", name="s"), execute(), SYNC), framed(bind(b"?", name="s"), execute(), SYNC)
        wire.writer.write(one + one + bad + one + framed(query("fail")) + one[:7])
        assert [await wire.codes() for _ in range(5)] == ["2DCZ", "2DCZ", "EZ", "2DCZ", "EZ"]
        assert reads(server) == 2  # what follows the error goes the dialogue's way until all is answered
        wire.writer.write(one[7:] + one)
        assert [await wire.codes() for _ in range(2)] == ["2DCZ", "2DCZ"]

    run(test)


def test_a_large_pipeline_waits_for_its_reader(run):
    async def test(server):
        server.world.store.apply(Batch.from_rows((INT4, TEXT), [(1, "x" * 100_000)]))
        wire = await server.connect()
        wire.send(parse(SQL, "s"), SYNC)
        await wire.until()
        wire.writer.write(framed(bind(b"1", name="s"), execute(), SYNC) * 2_000)  # 200 MB of answers
        (connection,) = server.listener.sockets
        most = 0
        for _ in range(50):
            await asyncio.sleep(0.01)
            most = max(most, connection._transport.get_write_buffer_size())
        assert most < 2_000_000
        for _ in range(2_000):
            assert await wire.codes() == "2DCZ"

    run(test)


def test_an_open_block_and_a_busy_engine_go_the_other_way(run):
    async def test(server):
        filled(server)
        wire = await server.connect()
        wire.send(parse(SQL, "s"), SYNC)
        await wire.until()
        server.world.busy = True
        wire.send(bind(b"1", name="s"), execute(), SYNC)
        assert await wire.codes() == "2DCZ"
        server.world.busy = False
        wire.send(query("begin"))
        await wire.until()
        wire.send(bind(b"1", name="s"), execute(), SYNC)
        assert (await wire.until())[-1] == ("Z", b"T")
        wire.send(query("commit"))
        await wire.until()
        assert reads(server) == 0
        wire.send(bind(b"1", name="s"), execute(), SYNC)
        assert (await wire.until())[-1] == ("Z", b"I") and reads(server) == 1

    run(test)


def test_simple_queries_take_it_with_their_numbers(run, cells):
    async def test(server):
        filled(server)
        wire = await server.connect()
        wire.send(query("SELECT v WHERE k = 3"))
        messages = await wire.until()
        assert "".join(code for code, _ in messages) == "TDCZ" and cells(messages[1][1]) == [b"x" * 100]
        assert reads(server) == 1

    run(test)


def test_the_unnamed_statement_is_the_one_parsed_last(run, fields):
    async def test(server):
        filled(server)
        wire = await server.connect()
        for _ in range(2):
            wire.send(parse(SQL), bind(b"1"), execute(), SYNC)
            assert await wire.codes() == "12DCZ"
        assert reads(server) == 2
        wire.send(bind(b"3"), DESCRIBE, execute(1), SYNC)  # the dialogue knows it
        assert await wire.codes() == "2TDsZ"
        wire.send(query("SELECT v WHERE k = 1"))
        assert await wire.codes() == "TDCZ"
        wire.send(bind(b"1"), execute(), SYNC)
        code, body = (await wire.until())[0]
        assert code == "E" and fields(body)["C"] == "26000"

    run(test)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT a FROM t WHERE k=17", ("SELECT a FROM t WHERE k= $1", "c", [b"17"])),
        ("  select a from t where k =  5 and j = 123456789012345678;", ("select a from t where k =  $1 and j = $2;", "cc", [b"5", b"123456789012345678"])),
        ("SELECT a FROM t WHERE k >= 5 OR k<>6", ("SELECT a FROM t WHERE k >= $1 OR k<> $2", "cc", [b"5", b"6"])),
        ("UPDATE t SET a = a + -5 WHERE k = -6", ("UPDATE t SET a = a + $1 WHERE k = $2", "ac", [b"-5", b"-6"])),
        ("DELETE FROM t WHERE k = 'it''s'", ("DELETE FROM t WHERE k = $1", "s", [b"it's"])),
        ("INSERT INTO t (a, b) VALUES (1, 'x', -2, now(), f(3, 4), ARRAY[5, 6])",
         ("INSERT INTO t (a, b) VALUES ($1, $2, $3, now(), f(3, 4), ARRAY[5, 6])", "vwv", [b"1", b"x", b"-2"])),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 7 RETURNING a", ("INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2 RETURNING a", "vc", [b"1", b"7"])),
        ("SELECT a FROM t WHERE k = 5 LIMIT 1", ("SELECT a FROM t WHERE k = $1 LIMIT 1", "c", [b"5"])),
        ("SELECT a, 'x' FROM t WHERE b LIKE 'y%' AND k = 5", ("SELECT a, 'x' FROM t WHERE b LIKE 'y%' AND k = $1", "c", [b"5"])),
        ('SELECT "a = 5" FROM t WHERE k = 5', ('SELECT "a = 5" FROM t WHERE k = $1', "c", [b"5"])),
        ("SELECT formed FROM t WHERE k = 5", ("SELECT formed FROM t WHERE k = $1", "c", [b"5"])),
        ("SELECT a FROM t WHERE k IN (1, 2) GROUP BY 1 ORDER BY 2", None),
        ("SELECT a FROM t WHERE k = 5 + 6 * 7", None),
        ("SELECT k + 5, (k) + 6, sum(k) * 7 FROM t", ("SELECT k + $1, (k) + 6, sum(k) * 7 FROM t", "a", [b"5"])),
        ("SELECT a FROM t WHERE k = 1234567890123456789", None),
        ("SELECT a FROM t WHERE k = 5.5", None),
        ("SELECT a FROM t WHERE k = .5", None),
        ("SELECT a FROM t WHERE k = 5e3", None),
        ("SELECT a FROM t WHERE k = 5e+3", None),
        ("SELECT a FROM t WHERE k = 5::int8", None),
        ("SELECT a FROM t WHERE k = '5'::int8", None),
        ("SELECT a FROM t WHERE k = 'a' 'b'", None),
        ("SELECT a FROM t WHERE k = 'a'\n'b'", None),
        ("SELECT a FROM t WHERE k = E'a'", None),
        ("SELECT a FROM t WHERE k = date '2024-01-01'", None),
        ("SELECT a FROM t WHERE k = 5é", None),
        ("SELECT a FROM t WHERE k -> 5 AND j ->> 'x' AND f(x => 5) AND i @> 5 AND h << 5", None),
        ("SELECT -5, - 5, +5, 'x' || 'y' FROM t", None),
        ("SELECT a FROM t WHERE k = 5 -- 6", None),
        ("SELECT a FROM t WHERE k = 5 /* */", None),
        ("SELECT a FROM t WHERE k = $1 AND j = 5", None),
        ("SELECT a FROM t WHERE k = 5; SELECT 1", None),
        ("SELECT a FROM t WHERE k = 5 FOR UPDATE", None),
        ("INSERT INTO t VALUES (1), (2)", None),
        ("INSERT INTO t SELECT 1, 'x'", None),
        ("SELECT a FROM t WHERE k = 'open", None),
        ('SELECT a FROM t WHERE "k = 5', None),
        ("SELECTED k = 5", None),
        ("CREATE TABLE t AS SELECT a = 5", None),
        ("SELECT a FROM t", None),
        ("", None),
    ],
)  # fmt: skip
def test_constants_become_parameters_where_they_mean_the_same(text, found):
    assert without_constants(text) == found
