"""TLS and SCRAM-SHA-256 with real clients."""

import asyncio
import shutil
import ssl
import struct
import subprocess
from pathlib import Path

import asyncpg
import psycopg
import pytest
from sabot.kernels.errors import UserError
from sabot.pgwire.auth.scram import ScramSha256, Verifier
from sabot.pgwire.tls import Tls

# from PostgreSQL 15: CREATE ROLE … PASSWORD 'pencil'; SELECT rolpassword FROM pg_authid
POSTGRES_VERIFIER = (
    "SCRAM-SHA-256$4096:0Nw9KRCAk8ZV6n2Scxf+jQ==$"
    "zPhoY/rxpm+hudVVtraz0Eh+NMUI99DO1dCOMIQ+OZw=:s42Uertg4PwFxW2TBhxA+P6EgmFmrp9DK7abmDV1lZM="
)
USERS = {"ann": Verifier.of("pencil"), "pg": Verifier.parse(POSTGRES_VERIFIER)}
SCRAM = ScramSha256(USERS.get)


def dsn(server, **more):
    return " ".join(f"{k}={v}" for k, v in {"host": "127.0.0.1", "port": server.port, "dbname": "dev", **more}.items())


def test_verifiers_have_postgres_text_form():
    known = Verifier.parse(POSTGRES_VERIFIER)
    assert str(known) == POSTGRES_VERIFIER
    assert Verifier.of("pencil", known.salt, known.iterations) == known
    for bad in ("", "md5abc", "SCRAM-SHA-256$x:AA==$AA==:AA==", POSTGRES_VERIFIER[:-8]):
        with pytest.raises(UserError):
            Verifier.parse(bad)


def test_the_right_password_and_only_that_lets_in(run):
    async def test(server):
        for user in ("ann", "pg"):
            client = await psycopg.AsyncConnection.connect(dsn(server, user=user, password="pencil"))
            await client.close()
            other = await asyncpg.connect(
                host="127.0.0.1", port=server.port, user=user, password="pencil", database="dev", ssl=False
            )
            await other.close()
        for user, password in (("ann", "pen"), ("nobody", "pencil")):
            with pytest.raises(psycopg.OperationalError, match=f'password authentication failed for user "{user}"'):
                await psycopg.AsyncConnection.connect(dsn(server, user=user, password=password))
        assert len(server.world.sessions) == 4

    run(test, authenticator=SCRAM)


def test_a_broken_exchange_is_refused(run, fields):
    first = b"n,,n=,r=abc"
    start = b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first
    cases = [
        [("p", b"MD5\0")],
        [("p", b"SCRAM-SHA-256\0" + struct.pack("!i", 99) + first)],
        [("p", b"SCRAM-SHA-256\0")],
        [("p", start), ("p", b"c=biws,r=other,p=AAAA")],
        [("p", start), ("p", b"")],
        [("Q", b"count 1\0")],
    ]

    async def test(server):
        for messages in cases:
            wire = await server.raw()
            wire.startup(user="ann")
            wire.send(*messages)
            error = fields((await wire.until("E"))[-1][1])
            assert error["S"] == "FATAL" and error["C"] == "08P01", messages
        assert not server.world.sessions

    run(test, authenticator=SCRAM)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH, so there is no certificate to serve")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return Tls.load(Path(certificate), Path(key))


def test_clients_connect_over_tls(run, tls):
    async def test(server):
        for _ in range(5):
            async with await psycopg.AsyncConnection.connect(
                dsn(server, user="ann", password="pencil", sslmode="require"), autocommit=True
            ) as client:
                assert client.pgconn.ssl_in_use
                assert len(await (await client.execute("count 20000")).fetchall()) == 20_000
        insecure = ssl.create_default_context()
        insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
        client = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="ann", password="pencil", database="dev", ssl=insecure
        )
        assert await client.fetchval("echo int4 $1", 7) == 7
        await client.close()

    run(test, tls=tls, authenticator=SCRAM)


def test_bytes_sent_ahead_of_tls_are_refused(run, tls, fields):
    async def test(server):
        wire = await server.raw()
        wire.writer.write(struct.pack("!ii", 8, 80877103) + b"\0\0\0\x08smuggled")
        code, body = await wire.message()
        assert code == "E" and fields(body)["C"] == "08P01"

    run(test, tls=tls)


def test_a_failed_handshake_ends_quietly(run, tls):
    async def test(server):
        wire = await server.raw()
        wire.writer.write(struct.pack("!ii", 8, 80877103))
        assert await wire.reader.readexactly(1) == b"S"
        wire.writer.write(b"this is no handshake" * 10)
        await asyncio.wait_for(wire.reader.read(-1), 30)
        await server.connect()
        assert len(server.world.sessions) == 1

    run(test, tls=tls)
