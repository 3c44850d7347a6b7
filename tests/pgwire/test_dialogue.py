"""Byte transcripts: what goes over the socket for each kind of conversation."""

import asyncio
import struct

NUL = b"\0"


def parse(sql: str, name: str = "", *oids: int) -> tuple[str, bytes]:
    return "P", name.encode() + NUL + sql.encode() + NUL + struct.pack(f"!H{len(oids)}I", len(oids), *oids)


def bind(*values: bytes | None, portal: str = "", name: str = "", formats=(), results=()) -> tuple[str, bytes]:
    body = portal.encode() + NUL + name.encode() + NUL
    body += struct.pack(f"!H{len(formats)}H", len(formats), *formats) + struct.pack("!H", len(values))
    for v in values:
        body += struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v
    return "B", body + struct.pack(f"!H{len(results)}H", len(results), *results)


def execute(limit: int = 0, portal: str = "") -> tuple[str, bytes]:
    return "E", portal.encode() + NUL + struct.pack("!i", limit)


def query(sql: str) -> tuple[str, bytes]:
    return "Q", sql.encode() + NUL


SYNC = ("S", b"")
DESCRIBE = ("D", b"P\0")


def test_startup_reports_settings_and_key(run):
    async def test(server):
        wire = await server.raw()
        wire.startup(database="dev", client_encoding="'utf-8'")
        messages = await wire.until()
        assert "".join(code for code, _ in messages) == "RKSSZ"
        assert messages[0] == ("R", b"\0\0\0\0")
        assert messages[2] == ("S", b"server_version\0" + b"15.0 (Sabot 0)\0")
        assert messages[-1] == ("Z", b"I")
        assert server.world.sessions[0].startup == {"user": "root", "database": "dev", "client_encoding": "utf-8"}

    run(test)


def test_encryption_requests_are_declined_without_a_certificate(run):
    async def test(server):
        wire = await server.raw()
        for code in (80877103, 80877104):
            wire.writer.write(struct.pack("!ii", 8, code))
            assert await wire.reader.readexactly(1) == b"N"
        wire.startup()
        assert (await wire.codes()).endswith("Z")

    run(test)


def test_a_newer_minor_version_is_negotiated_down(run):
    async def test(server):
        wire = await server.raw()
        wire.startup(code=196610, **{"_pq_.wish": "1"})
        assert (await wire.until())[0] == ("v", struct.pack("!ii", 196608, 1) + b"_pq_.wish\0")

    run(test)


def test_startup_errors_are_fatal(run, fields):
    async def test(server):
        wire = await server.raw()
        wire.startup(database="absent")
        code, body = (await wire.until("E"))[-1]
        assert fields(body)["S"] == "FATAL" and fields(body)["C"] == "3D000"
        assert await wire.closed()
        for garbage in (
            b"GET / HTTP/1.1\r\n\r\n",
            struct.pack("!ii", 8, 131072),
            struct.pack("!i", 7) + b"abc",
        ):
            wire = await server.raw()
            wire.writer.write(garbage)
            code, body = await wire.message()
            assert code == "E" and fields(body)["S"] == "FATAL"
            assert await wire.closed()

    run(test)


def test_simple_query_runs_each_statement(run, cells):
    async def test(server):
        wire = await server.connect()
        wire.send(query("count 2; set TimeZone Asia/Tokyo; notice hello"))
        messages = await wire.until()
        assert "".join(code for code, _ in messages) == "TDDCCNCSZ"
        assert [cells(b) for c, b in messages if c == "D"] == [[b"0"], [b"1"]]
        assert messages[3] == ("C", b"SELECT 2\0")
        assert ("S", b"TimeZone\0Asia/Tokyo\0") in messages

    run(test)


def test_empty_query(run):
    async def test(server):
        wire = await server.connect()
        wire.send(query(" ; "))
        assert await wire.codes() == "IZ"
        wire.send(parse(""), bind(), DESCRIBE, execute(), SYNC)
        assert await wire.codes() == "12nIZ"

    run(test)


def test_an_error_carries_state_position_and_hint(run, fields):
    async def test(server):
        wire = await server.connect()
        wire.send(query("set a b; fail 22003; count 1"))
        messages = await wire.until()
        assert "".join(code for code, _ in messages) == "CESZ"
        error = fields(messages[1][1])
        assert error == {
            "S": "ERROR",
            "V": "ERROR",
            "C": "22003",
            "M": "told to fail",
            "H": "don't",
            "P": "6",
        }
        assert server.world.events == ["failed"]

    run(test)


def test_a_defect_is_an_internal_error_and_the_connection_lives(run, fields):
    async def test(server):
        wire = await server.connect()
        wire.send(query("crash"))
        assert fields((await wire.until())[0][1])["C"] == "XX000"
        wire.send(query("count 1"))
        assert await wire.codes() == "TDCZ"

    run(test)


def test_a_failed_block_reports_its_status(run):
    async def test(server):
        wire = await server.connect()
        for sql, status in (("begin", b"T"), ("fail", b"E"), ("count 1", b"E"), ("rollback", b"I")):
            wire.send(query(sql))
            assert (await wire.until())[-1] == ("Z", status)

    run(test)


def test_extended_query_with_parameters_in_both_formats(run, cells):
    async def test(server):
        wire = await server.connect()
        wire.send(parse("echo int4", "s"), ("D", b"Ss\0"), SYNC)
        messages = await wire.until()
        assert [c for c, _ in messages] == ["1", "t", "T", "Z"]
        assert messages[1][1] == struct.pack("!HI", 1, 23)
        assert messages[2][1] == b"\0\x01v\0" + struct.pack("!ihihih", 0, 0, 23, 4, -1, 0)
        wire.send(
            bind(b"7", name="s", results=(1,)),
            execute(),
            bind(b"\0\0\0\x08", name="s", formats=(1,)),
            execute(),
        )
        wire.send(bind(None, name="s"), execute(), SYNC)
        rows = [cells(b) for c, b in await wire.until() if c == "D"]
        assert rows == [[b"\0\0\0\x07"], [b"8"], [None]]

    run(test)


def test_row_limits_suspend_a_portal(run):
    async def test(server):
        wire = await server.connect()
        wire.send(parse("count 20"), bind(portal="p"), execute(10, "p"), execute(9, "p"), execute(1, "p"))
        wire.send(execute(5, "p"), execute(0, "p"), SYNC)
        messages = await wire.until()
        assert "".join(c for c, _ in messages) == "12" + "D" * 10 + "s" + "D" * 9 + "s" + "Ds" + "CCZ"
        assert [b for c, b in messages if c == "C"] == [b"SELECT 0\0", b"SELECT 0\0"]
        wire.send(execute(0, "p"), SYNC)
        assert await wire.codes() == "EZ"  # Sync outside a block ends portals

    run(test)


def test_portals_live_as_long_as_their_block(run):
    async def test(server):
        wire = await server.connect()
        wire.send(query("begin"))
        await wire.until()
        wire.send(parse("count 3"), bind(portal="p"), execute(2, "p"), SYNC)
        assert await wire.codes() == "12DDsZ"
        wire.send(execute(2, "p"), ("C", b"Pp\0"), execute(2, "p"), SYNC)
        assert await wire.codes() == "DC3EZ"

    run(test)


def test_after_an_error_messages_are_skipped_to_sync(run, fields):
    async def test(server):
        wire = await server.connect()
        wire.send(parse("syntax"), bind(), execute(), query("count 1"), ("H", b""), SYNC, query("count 1"))
        assert await wire.codes() == "EZ"
        assert await wire.codes() == "TDCZ"
        assert server.world.events == ["failed", "sync", "commit"]

    run(test)


def test_what_may_be_missing_or_doubled(run, fields):
    async def test(server):
        wire = await server.connect()
        cases = [
            ((bind(name="none"),), "26000"),
            ((("D", b"Snone\0"),), "26000"),
            ((("D", b"Pnone\0"),), "34000"),
            ((execute(0, "none"),), "34000"),
            ((parse("count 1", "twice"), parse("count 1", "twice")), "42P05"),
            ((parse("count 1"), bind(portal="x"), bind(portal="x")), "42P03"),
            ((parse("echo int4"), bind()), "08P01"),
            ((parse("count 1"), bind(results=(0, 1))), "08P01"),
            ((parse("count 1"), bind(results=(7,))), "22023"),
            ((parse("echo int4"), bind(b"x")), "22P02"),
            ((parse("echo int4"), bind(b"\0\0\0\0\0", formats=(1,))), "22P03"),
            ((parse("echo int4"), bind(b"\0", formats=(1,))), "08P01"),
            ((parse("echo text"), bind(b"\xff")), "22021"),
            ((parse("go"), bind(), execute(), execute()), "55000"),
            ((("F", b"\0\0\0\1"),), "0A000"),
            ((("D", b"?x\0"),), "08P01"),
            ((("D", b"Sx"),), "08P01"),
            ((("B", b"\0\0\0"),), "08P01"),
            ((("P", b"\xff\0\0\0\0"),), "22021"),
        ]
        for messages, state in cases:
            wire.send(*messages, SYNC)
            got = await wire.until()
            assert [fields(b)["C"] for c, b in got if c == "E"] == [state], messages
            if messages[0][0] == "F":
                await wire.until()  # it is no extended message: answered by ReadyForQuery at once

    run(test)


def test_cursors_of_the_session_can_be_described(run):
    async def test(server):
        wire = await server.connect()
        wire.send(("D", b"Pknown\0"), SYNC)
        assert await wire.codes() == "TZ"

    run(test)


def test_unknown_message_types_end_the_connection(run, fields):
    async def test(server):
        for code, body in ((b"!", b""), (b"Q", None), (b"p", b"")):
            wire = await server.connect()
            wire.writer.write(code + (struct.pack("!i", 3) if body is None else struct.pack("!i", 4)))
            error = fields((await wire.until("E"))[-1][1])
            assert (error["S"], error["C"]) == ("FATAL", "08P01")
            assert await wire.closed()
        assert all(s.closed for s in server.world.sessions)

    run(test)


def test_cancel_needs_the_right_secret(run, fields):
    async def test(server):
        wire = await server.connect()
        wire.send(query("wait"))
        process_id, secret = wire.key
        for key in (b"abcd", secret):
            other = await server.raw()
            other.writer.write(struct.pack("!iii", 16, 80877102, process_id) + key)
            assert await other.closed()
            await asyncio.sleep(0.02)
            if key != secret:
                assert not server.world.sessions[0].cancelled.is_set()
        assert fields((await wire.until())[0][1])["C"] == "57014"

    run(test)


def test_cancel_breaks_the_wait_for_rows(run, fields):
    async def test(server):
        for sql in ("endless", "stubborn"):
            wire = await server.connect()
            wire.send(query(sql))
            await wire.until("D")
            other = await server.raw()
            other.writer.write(struct.pack("!iii", 16, 80877102, wire.key[0]) + wire.key[1])
            assert fields((await wire.until())[0][1])["C"] == "57014"
            wire.send(query("count 1"))
            assert await wire.codes() == "TDCZ"
            other.writer.close()

    run(test)


def test_endless_rows_flow_and_end_with_the_client(run):
    async def test(server):
        wire = await server.connect()
        wire.send(query("endless"))
        assert await wire.codes("D") == "TD"
        wire.writer.transport.abort()
        for _ in range(3000):
            await asyncio.sleep(0.01)
            if server.world.sessions[0].closed:
                break
        assert server.world.sessions[0].closed and server.listener.connections == 0

    run(test)


def test_answers_still_come_after_the_client_closed_its_side(run):
    async def test(server):
        wire = await server.connect()
        wire.send(query("count 3"), query("count 2"))
        wire.writer.write_eof()
        assert await wire.codes() == "TDDDCZ"
        assert await wire.codes() == "TDDCZ"
        assert await wire.closed()

    run(test)


def test_too_many_clients(run, fields):
    async def test(server):
        first = await server.connect()
        wire = await server.raw()
        wire.startup()
        assert fields((await wire.until("E"))[-1][1])["C"] == "53300"
        assert await wire.closed()
        first.send(query("count 1"))
        assert await first.codes() == "TDCZ"

    run(test, limit=1)


def test_shutdown_tells_every_client(run, fields):
    async def test(server):
        idle, busy = await server.connect(), await server.connect()
        busy.send(query("endless"))
        await busy.until("D")
        await server.listener.close()
        for wire in (idle, busy):
            error = fields((await wire.until("E"))[-1][1])
            assert (error["S"], error["C"]) == ("FATAL", "57P01")
            assert await wire.closed()
        assert all(s.closed for s in server.world.sessions)

    run(test)


def test_a_slow_reader_stops_the_statement_and_not_the_server(run):
    async def test(server):
        from sabot.kernels.schema import schema_of
        from sabot.kernels.types import TEXT

        server.world.results["wide"] = (schema_of(("t", TEXT)), [("x" * 1000,)] * 20_000)
        wire = await server.connect()
        wire.send(query("const wide"))
        await asyncio.sleep(0.3)
        (connection,) = server.listener.sockets
        assert connection._transport.get_write_buffer_size() <= 1_000_000
        messages = await wire.until()
        assert sum(c == "D" for c, _ in messages) == 20_000

    run(test)
