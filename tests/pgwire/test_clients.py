"""Unmodified clients against the listener: psycopg 3, asyncpg and psql."""

import asyncio
import datetime as dt
import decimal
import shutil
import uuid
from asyncio.subprocess import PIPE, STDOUT

import asyncpg
import psycopg
import pytest
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT4, REGCLASS, TEXT

VALUES = {
    "bool": True,
    "int2": -3,
    "int4": 7,
    "int8": 2**40,
    "float8": 0.1,
    "numeric": decimal.Decimal("-12345.6700"),
    "text": "Grüße",
    "bytea": b"\x00\xff",
    "date": dt.date(2024, 2, 29),
    "time": dt.time(1, 2, 3, 4),
    "timestamp": dt.datetime(1999, 12, 31, 23, 59, 59, 999999),
    "timestamptz": dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC),
    "interval": dt.timedelta(days=2, hours=-3, microseconds=5),
    "uuid": uuid.UUID(int=5),
    "int4[]": [1, None, 3],
    "text[]": ["a", 'b "c"', None],
}


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_round_trips_every_type(run, binary):
    async def test(server):
        async with await psycopg.AsyncConnection.connect(
            f"host=127.0.0.1 port={server.port} user=root dbname=dev sslmode=disable", autocommit=True
        ) as client:
            for name, value in VALUES.items():
                mark = "%b" if binary and name != "interval" else "%s"
                cursor = client.cursor(binary=binary)
                for _ in range(7):  # from the sixth on it is a named statement
                    await cursor.execute(f"echo {name} {mark}", (value,))
                    assert await cursor.fetchone() == (value,), name

    run(test)


def test_psycopg_pipelines_streams_copies_and_sees_errors(run):
    async def test(server):
        dsn = f"host=127.0.0.1 port={server.port} user=root dbname=dev"
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as client:
            async with client.pipeline():
                cursors = [await client.execute("echo int4 %s", (i,)) for i in range(50)]
            assert [(await c.fetchone())[0] for c in cursors] == list(range(50))
            with pytest.raises(psycopg.errors.DivisionByZero) as error:
                await client.execute("fail 22012")
            assert error.value.diag.statement_position == "6"
            notices = []
            client.add_notice_handler(lambda d: notices.append(d.message_primary))
            await client.execute("notice hello there")
            assert notices == ["hello there"]
            async with client.cursor().copy("copyin") as copy:
                for i in range(20_000):
                    await copy.write_row((i, f"row\t{i}"))
            assert server.world.copied[-1] == (19_999, "row\t19999") and len(server.world.copied) == 20_000
            server.world.copied.clear()
            async with client.cursor().copy("copyin binary") as copy:
                copy.set_types(["int4", "text"])
                await copy.write_row((1, None))
            assert server.world.copied == [(1, None)]
            server.world.results["pairs"] = (schema_of(("a", INT4), ("b", TEXT)), [(1, "x\ty"), (None, None)])
            async with client.cursor().copy("copyout pairs") as copy:
                copy.set_types(["int4", "text"])
                assert [row async for row in copy.rows()] == [(1, "x\ty"), (None, None)]
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                async with client.cursor().copy("copyin") as copy:
                    for i in range(1000):
                        await copy.write_row((f"bad{i}", "x" * 1000))
            assert (await (await client.execute("count 9")).fetchall())[-1] == (8,)
            seen = [row async for row in client.cursor().stream("count 30")]
            assert len(seen) == 30

    run(test)


def test_asyncpg_round_trips_every_type_in_binary(run):
    async def test(server):
        client = await asyncpg.connect(host="127.0.0.1", port=server.port, user="root", database="dev", ssl=False)
        for name, value in VALUES.items():
            if name.endswith("[]"):
                continue  # asyncpg asks the catalogs for arrays, and this session has none
            assert await client.fetchval(f"echo {name} $1", value) == value, name
            assert await client.fetchval(f"echo {name} $1", None) is None
        await client.execute("begin")
        cursor = await client.cursor("count 30")
        assert [len(await cursor.fetch(n)) for n in (10, 15, 10)] == [10, 15, 5]
        await client.execute("commit")
        await client.copy_records_to_table("t", records=[(1, "x"), (2, None)])
        with pytest.raises(asyncpg.DivisionByZeroError):
            await client.execute("fail 22012")
        with pytest.raises(asyncio.TimeoutError):
            await client.execute("wait", timeout=0.1)  # sends a CancelRequest
        assert await client.fetchval("count 1") == 0
        await client.close()

    run(test)


psql = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not on PATH")


@psql
def test_psql_shows_results_and_copies(run):
    async def test(server):
        server.world.results["objects"] = (schema_of(("o", REGCLASS), ("n", INT4)), [(1, 2), (None, 3)])
        server.world.results["pairs"] = (schema_of(("a", INT4), ("b", TEXT)), [(1, "x,y"), (2, None)])

        async def sql(*commands, stdin=b""):
            arguments = [part for command in commands for part in ("-c", command)]
            dsn = f"host=127.0.0.1 port={server.port} user=root dbname=dev"
            process = await asyncio.create_subprocess_exec(
                "psql", "-X", "-At", dsn, *arguments,
                stdin=PIPE, stdout=PIPE, stderr=STDOUT,
            )  # fmt: skip
            return (await process.communicate(stdin))[0].decode()

        assert await sql("const objects", "count 2") == "regclass_1|2\n|3\n0\n1\n"
        assert await sql("copyin", "count 1", stdin=b"5\tfive\n\\.\n") == "COPY 1\n0\n"
        assert server.world.copied == [(5, "five")]
        assert await sql("copyout csv pairs") == 'a,b\n1,"x,y"\n2,\n'
        shown = await sql("fail 42P01")
        assert "told to fail" in shown and "HINT:  don't" in shown

    run(test)
