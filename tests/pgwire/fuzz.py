"""Fuzz a real server with mutated and random protocol messages, before and after login, with TLS and without.

    python -m tests.pgwire.fuzz --count 2000000 --seed 7 [--connections 8]

Fails when the server dies, hangs, answers an unknown client, reports an internal error (XX000), keeps a session after its
connection, or grows. Each connection is made from the seed and its number, so that one can be run alone (--only N).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import shutil
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

MESSAGES_PER_CONNECTION = 500
ANSWER_SECONDS = 60.0
GROWTH_BYTES = 120 << 20
SETUP = """
CREATE TABLE t (a int PRIMARY KEY, b text, c numeric, d timestamptz, e int[], f jsonb);
INSERT INTO t SELECT g, 'row ' || g, g / 7.0, '2024-01-01'::timestamptz + g * interval '1 h', ARRAY[g, NULL], '{"k": [1, null]}'
    FROM generate_series(1, 50) g;
CREATE MATERIALIZED VIEW v AS SELECT a % 5 AS k, count(*) AS n, sum(c) AS s FROM t GROUP BY 1;
CREATE USER locked PASSWORD 'a password that nobody guesses';
"""
STATEMENTS = [
    "SELECT * FROM t", "SELECT a, b FROM t WHERE a = $1", "SELECT $1::int + 1, $2::text", "SELECT * FROM v ORDER BY k",
    "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "SHOW ALL",
    "COPY t (a, b) FROM STDIN", "COPY t TO STDOUT", "COPY t TO STDOUT (FORMAT binary)", "DECLARE c CURSOR FOR SELECT * FROM t",
    "FETCH 3 FROM c", "SET search_path TO public", "SELECT 1; SELECT 2", "", ";", "SELECT 1/0", "SELECT $1::jsonb, $2::numeric, $3::int[]",
    "SELECT $1::timestamptz, $2::interval, $3::uuid, $4::bytea", "PREPARE p AS SELECT $1::int", "EXECUTE p(1)", "DEALLOCATE ALL",
    "LISTEN x", "UNLISTEN *", "SELECT pg_notify('x', 'y')", "DISCARD ALL", "EXPLAIN SELECT * FROM v", "SELECT count(*) FROM pg_class",
]  # fmt: skip
OIDS = (0, 16, 20, 21, 23, 25, 701, 1007, 1043, 1082, 1114, 1184, 1186, 1700, 2950, 3802, 17, 2249, 99999)


def framed(code: bytes, body: bytes) -> bytes:
    return code + struct.pack("!i", len(body) + 4) + body


def startup(user: str, **more: str) -> bytes:
    body = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in ({"user": user, "database": "dev"} | more).items())
    return struct.pack("!ii", len(body) + 9, 196608) + body + b"\0"


class Maker:
    """Messages that make sense, then are bent: `message` gives bytes."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def name(self) -> bytes:
        return self.rng.choice((b"", b"s", b"p", b"c", b"x" * 70, b"\xff\xfe"))

    def value(self) -> bytes:
        rng = self.rng
        texts = (b"1", b"abc", b"12.5", b"2024-01-01", b"{1,NULL}", b'{"a": 1}', b"NaN", b"1 day", b"\\x00ff", b"t", b"")
        binaries = (
            struct.pack("!i", rng.getrandbits(31)), struct.pack("!q", rng.getrandbits(62)), struct.pack("!h", 7), struct.pack("!d", 1.5),
            struct.pack("!hhHhhh", 2, 0, 0x4000, 3, 12, 3450), struct.pack("!iiIiiiiii", 1, 1, 23, 2, 1, 4, 7, 0, -1), b"\1{}",
            struct.pack("!qii", 1, 2, 3), rng.randbytes(16), struct.pack("!iIi", 1, 23, 4) + b"\0\0\0\1",
        )  # fmt: skip
        return rng.choice(rng.choice((texts, binaries)))

    def message(self) -> bytes:
        rng = self.rng
        n = rng.randrange(4)
        match rng.randrange(14):
            case 0 | 1:
                return framed(b"Q", rng.choice(STATEMENTS).encode() + b"\0")
            case 2 | 3:
                oids = [rng.choice(OIDS) for _ in range(n)]
                return framed(b"P", self.name() + b"\0" + rng.choice(STATEMENTS).encode() + b"\0" + struct.pack(f"!H{n}I", n, *oids))
            case 4 | 5 | 6:
                formats = [rng.randrange(2) for _ in range(rng.choice((0, 1, n)))]
                values = b"".join(
                    struct.pack("!i", -1) if rng.random() < 0.2 else struct.pack("!i", len(v)) + v for v in (self.value() for _ in range(n))
                )
                head = self.name() + b"\0" + self.name() + b"\0" + struct.pack(f"!H{len(formats)}H", len(formats), *formats)
                return framed(b"B", head + struct.pack("!H", n) + values + struct.pack("!HH", 1, rng.randrange(2)))
            case 7:
                return framed(b"D", rng.choice((b"S", b"P")) + self.name() + b"\0")
            case 8:
                return framed(b"E", self.name() + b"\0" + struct.pack("!i", rng.choice((0, 1, 5, -1))))
            case 9:
                return framed(b"C", rng.choice((b"S", b"P")) + self.name() + b"\0")
            case 10 | 11:
                return framed(b"S", b"")
            case 12:
                return rng.choice((framed(b"H", b""), framed(b"c", b""), framed(b"f", b"no\0"), framed(b"F", rng.randbytes(12))))
            case _:
                return framed(b"d", rng.choice((b"1\tx\n", b"\\.\n", rng.randbytes(20), b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff")))

    def bent(self, data: bytes) -> bytes:
        """Mutated: mostly inside the frame (so that the dialogue is reached), sometimes the frame itself."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.35:
            return data
        if kind < 0.993 and len(data) >= 5:
            return framed(data[:1], self._changed(data[5:]))
        if kind < 0.998:
            return self._changed(data)
        return rng.randbytes(rng.randrange(1, 40))

    def _changed(self, data: bytes) -> bytes:
        rng, out = self.rng, bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(out) + 1)
            match rng.randrange(5):
                case 0 if at < len(out):
                    out[at] = rng.randrange(256)
                case 1 if at < len(out):
                    out[at] ^= 1 << rng.randrange(8)
                case 2:
                    out[at:at] = rng.randbytes(rng.randrange(1, 6))
                case 3:
                    out[at : at + 4] = struct.pack("!i", rng.choice((-1, 0, 1, 0x7FFFFFFF, -0x80000000, 65535)))
                case _:
                    del out[at : at + rng.randrange(1, 5)]
        return bytes(out)


@dataclass
class Tally:
    messages: int = 0
    connections: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class Fuzzer:
    def __init__(self, port: int, seed: int, tally: Tally) -> None:
        self.port, self.seed, self.tally = port, seed, tally
        self._insecure = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._insecure.check_hostname, self._insecure.verify_mode = False, ssl.CERT_NONE
        self._insecure.set_alpn_protocols(["postgresql"])

    async def connection(self, number: int) -> int:
        """One connection; how many messages it sent."""
        rng = random.Random(self.seed * 1_000_003 + number)
        maker = Maker(rng)
        tls, known = rng.random() < 0.2, rng.random() < 0.8
        context = self._insecure if tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)
        count = rng.randrange(1, MESSAGES_PER_CONNECTION)
        if known:
            writer.write(startup("root"))
        else:
            count = min(count, 20)
            first = rng.choice((startup("locked"), struct.pack("!ii", 8, 80877103), struct.pack("!ii", 8, 80877104), startup("nobody"),
                                struct.pack("!iii", 16, 80877102, rng.getrandbits(31)) + rng.randbytes(4), startup("locked", options="-c x")))  # fmt: skip
            writer.write(maker.bent(first) if rng.random() < 0.7 else first)
        reading = asyncio.create_task(reader.read(-1))
        try:
            for _ in range(count):
                writer.write(maker.bent(maker.message()))
            if known:
                writer.write(framed(b"c", b"") + framed(b"S", b"") + framed(b"X", b""))
            with contextlib.suppress(ConnectionError, RuntimeError, OSError):
                await writer.drain()
                if not tls:
                    writer.write_eof()
                else:
                    await asyncio.sleep(0)
            if tls:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(reading), 2)
                writer.close()
            try:
                answer = await asyncio.wait_for(reading, ANSWER_SECONDS)
            except TimeoutError:
                self.tally.failures.append(f"connection {number}: no end after {ANSWER_SECONDS} s")
                return count
            except OSError:
                return count
            self._judge(number, known, answer)
            return count
        finally:
            reading.cancel()
            writer.close()

    def _judge(self, number: int, known: bool, answer: bytes) -> None:
        at = 1 if answer[:1] in (b"N", b"S") and answer[1:2] not in (b"\0",) else 0
        while at + 5 <= len(answer):
            code = answer[at : at + 1]
            (length,) = struct.unpack_from("!i", answer, at + 1)
            body = answer[at + 5 : at + 1 + length]
            if code == b"E":
                fields = dict((part[:1], part[1:]) for part in body.split(b"\0") if part)
                state = fields.get(b"C", b"?").decode()
                self.tally.codes[state] = self.tally.codes.get(state, 0) + 1
                if state.startswith("XX"):
                    self.tally.failures.append(f"connection {number}: {fields.get(b'M', b'').decode()}")
            elif not known and code in b"TDZKC" and code != b"":
                self.tally.failures.append(f"connection {number}: an unknown client was answered with {code!r}")
                return
            at += 1 + length

    async def run(self, count: int, parallel: int, only: int | None) -> None:
        if only is not None:
            await self.connection(only)
            return
        numbers = iter(range(1 << 60))

        async def worker() -> None:
            while self.tally.messages < count and len(self.tally.failures) < 10:
                number = next(numbers)
                try:
                    self.tally.messages += await self.connection(number)
                except ConnectionRefusedError:
                    self.tally.failures.append(f"connection {number}: the server is gone")
                    return
                except OSError:
                    pass
                self.tally.connections += 1
                if self.tally.connections % 2000 == 0:
                    print(f"{self.tally.messages} messages in {self.tally.connections} connections", flush=True)

        await asyncio.gather(*(worker() for _ in range(parallel)))


def serve(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A server with TLS (where openssl is at hand), and its port."""
    (folder / "setup.sql").write_text(SETUP)
    (folder / "hba").write_text("host all root 127.0.0.1/32 trust\nhost all all all scram-sha-256\n")
    options: list[str | Path] = ["--hba", folder / "hba", "-f", folder / "setup.sql", "--log-level", "error"]
    if shutil.which("openssl") is not None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        options += ["--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"]
    command = [sys.executable, "-m", "sabot.server", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if "listening" not in line:
        raise RuntimeError((folder / "log").read_text())
    return process, int(line.rsplit(":", 1)[1])


def fuzz(count: int, seed: int, parallel: int = 8, only: int | None = None) -> Tally:
    """Run it all; the tally's `failures` are empty when the server stood."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="sabot-fuzz-") as name:
        folder = Path(name)
        process, port = serve(folder)
        try:
            fuzzer = Fuzzer(port, seed, tally)
            asyncio.run(fuzzer.run(min(count, 5_000), parallel, only))  # warm caches, then measure growth
            before = psutil.Process(process.pid).memory_info().rss
            asyncio.run(fuzzer.run(count, parallel, only))
            if process.poll() is not None:
                tally.failures.append(f"the server ended with {process.returncode}")
            else:
                tally.failures += _afterwards(port, process.pid, before)
        finally:
            process.terminate()
            process.wait(60)
        log = (folder / "log").read_text()
        if "Traceback" in log:
            tally.failures.append("in the server's log:\n" + log[log.index("Traceback") :][:2000])
    return tally


def _afterwards(port: int, pid: int, before: int) -> list[str]:
    found: list[str] = []
    with psycopg.connect(host="127.0.0.1", port=port, user="root", dbname="dev", autocommit=True) as connection:
        for _ in range(50):
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchone()
            if row == (1,):
                break
            time.sleep(0.1)
        else:
            found.append(f"{row} sessions are left")
        if connection.execute("SELECT count(*) FROM v").fetchone() is None:
            found.append("the view does not answer")
    grown = psutil.Process(pid).memory_info().rss - before
    if grown > GROWTH_BYTES:
        found.append(f"the server has grown by {grown >> 20} MB")
    print(f"memory grew by {grown / 1048576:.1f} MB")
    return found


def main() -> int:
    options = argparse.ArgumentParser("fuzz", description=__doc__)
    options.add_argument("--count", type=int, default=2_000_000)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--connections", type=int, default=8)
    options.add_argument("--only", type=int, help="run one connection of this seed")
    given = options.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it complains of connections that the server has ended
    began = time.monotonic()
    tally = fuzz(given.count, given.seed, given.connections, given.only)
    print(f"seed {given.seed}: {tally.messages} messages, {tally.connections} connections, {time.monotonic() - began:.0f} s, "
          f"errors {dict(sorted(tally.codes.items(), key=lambda c: -c[1]))}")
    for failure in tally.failures:
        print("FAILURE", failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
