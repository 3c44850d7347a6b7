"""The door of a real server: TLS, passwords, certificates, rules, and what start-up packets may say."""

from __future__ import annotations

import select
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sabot.kernels.errors import UserError
from sabot.pgwire.auth.authenticator import Login
from sabot.pgwire.auth.hba import parse_rules

from tests.bench import wire

RULES = """
# TYPE   DATABASE  USER        ADDRESS       METHOD
hostssl  all       ann         all           cert
hostssl  all       mary        127.0.0.1/32  scram-sha-256 clientcert=verify-ca
host     all       plain       127.0.0.0     255.0.0.0     password
host     dev       +readers    127.0.0.1/32  scram-sha-256
host     all       "barred"    all           reject
host     all       root        127.0.0.1/32  trust
"""


@dataclass
class Door:
    port: int
    folder: Path
    log: Path

    def address(self, user: str, **more: str) -> str:
        given = {"host": "localhost", "port": str(self.port), "dbname": "dev", "user": user, "connect_timeout": "20"}
        return " ".join(f"{k}='{v}'" for k, v in (given | {"sslmode": "prefer"} | more).items())

    def ask(self, sql: str, user: str = "root", **more: str) -> object:
        with psycopg.connect(self.address(user, **more), autocommit=True) as connection:
            row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
        return row[0] if row is not None else None

    def refused(self, user: str, **more: str) -> str:
        with pytest.raises(psycopg.OperationalError) as error:
            psycopg.connect(self.address(user, **more))
        return str(error.value)


def certificate(folder: Path, name: str, subject: str, signed_by: str | None = None) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-subj", f"/CN={subject}"]
    runs = [["openssl", "req", "-x509", "-days", "2", *key, "-addext", f"subjectAltName=DNS:{subject}", "-out", f"{name}.pem"]]
    if signed_by is not None:
        runs = [
            ["openssl", "req", *key, "-out", f"{name}.csr"],
            ["openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", f"{signed_by}.pem", "-CAkey", f"{signed_by}.key",
             "-CAcreateserial", "-days", "2", "-out", f"{name}.pem"],
        ]  # fmt: skip
    for command in runs:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / f"{name}.key").chmod(0o600)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH, so there is no certificate to serve")
    folder = tmp_path_factory.mktemp("door")
    certificate(folder, "server", "localhost")
    certificate(folder, "authority", "authority")
    certificate(folder, "ann", "ann", "authority")
    (folder / "hba").write_text(RULES)
    (folder / "roles.sql").write_text(
        "CREATE USER ann; CREATE USER mary PASSWORD 'm'; CREATE USER plain PASSWORD 'pläin'; CREATE USER barred PASSWORD 'b';"
        "CREATE ROLE readers; CREATE USER sam PASSWORD 'pencil' IN ROLE readers CONNECTION LIMIT 1;"
        "CREATE USER late PASSWORD 'pencil' VALID UNTIL '2020-01-01' IN ROLE readers; CREATE ROLE nobody IN ROLE readers PASSWORD 'n';"
        "ALTER ROLE sam SET search_path TO somewhere"
    )
    log = folder / "log"
    process = subprocess.Popen(
        [sys.executable, "-m", "sabot.server", "serve", "--port", "0", "--tls-cert", folder / "server.pem",
         "--tls-key", folder / "server.key", "--tls-ca", folder / "authority.pem", "--hba", folder / "hba",
         "-f", folder / "roles.sql"],
        stdout=subprocess.PIPE, stderr=log.open("w"), text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listening" in line, log.read_text()
        yield Door(int(line.rsplit(":", 1)[1]), folder, log)
    finally:
        process.terminate()
        process.wait(20)


def test_tls_to_the_last_check_of_the_name(door: Door) -> None:
    root = str(door.folder / "server.pem")
    assert door.ask("SELECT 1", sslmode="verify-full", sslrootcert=root) == 1
    assert door.ask("SELECT 1", sslmode="disable") == 1
    assert "certificate verify failed" in door.refused("root", sslmode="verify-full", sslrootcert=str(door.folder / "authority.pem"))
    with psycopg.connect(door.address("root", sslmode="require")) as connection:
        assert connection.execute("SELECT string_agg(g::text, '') FROM generate_series(1, 50000) g").fetchone() is not None


def test_direct_tls_needs_its_protocol_name(door: Door) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["postgresql"])
    body = struct.pack("!i", 196608) + b"user\0root\0database\0dev\0\0"
    with socket.create_connection(("127.0.0.1", door.port), 10) as plain, context.wrap_socket(plain) as encrypted:
        encrypted.sendall(struct.pack("!i", len(body) + 4) + body)
        assert encrypted.recv(1) == b"R"
    context.set_alpn_protocols(["http/1.1"])
    with (
        pytest.raises((ssl.SSLError, ConnectionError)),
        socket.create_connection(("127.0.0.1", door.port), 10) as plain,
        context.wrap_socket(plain) as encrypted,
    ):
        encrypted.sendall(struct.pack("!i", len(body) + 4) + body)
        if not encrypted.recv(1):
            raise ConnectionResetError


def test_scram_with_and_without_channel_binding(door: Door) -> None:
    for mode in ({"sslmode": "disable"}, {"sslmode": "require", "channel_binding": "require"},
                 {"sslmode": "require", "channel_binding": "disable"}):  # fmt: skip
        assert door.ask("SELECT current_user", "sam", password="pencil", **mode) == "sam"
    assert door.ask("SHOW search_path", "sam", password="pencil") == "somewhere"


def test_failed_logins_are_slow_logged_and_alike(door: Door) -> None:
    texts = set()
    for user in ("sam", "late"):
        began = time.monotonic()
        texts.add(door.refused(user, password="wrong", sslmode="disable").replace(user, "…"))
        assert time.monotonic() - began >= 0.5
        assert f"'{user}'" in door.log.read_text()
    assert len(texts) == 1
    assert "password authentication failed" in door.refused("late", password="pencil")
    assert "wrong" not in door.log.read_text()


def test_clear_text_passwords(door: Door) -> None:
    assert door.ask("SELECT current_user", "plain", password="pläin") == "plain"
    assert "password authentication failed" in door.refused("plain", password="plain")


def test_client_certificates(door: Door) -> None:
    shown = {"sslmode": "require", "sslcert": str(door.folder / "ann.pem"), "sslkey": str(door.folder / "ann.key")}
    assert door.ask("SELECT current_user", "ann", **shown) == "ann"
    assert "valid client certificate" in door.refused("ann", sslmode="require")
    assert "no pg_hba.conf entry" in door.refused("ann", sslmode="disable")
    assert door.ask("SELECT current_user", "mary", password="m", **shown) == "mary"
    assert "valid client certificate" in door.refused("mary", password="m", sslmode="require")


def test_rules_and_roles_decide(door: Door) -> None:
    assert "pg_hba.conf rejects connection" in door.refused("barred", password="b")
    assert "password authentication failed" in door.refused("nobody", password="n")  # may not log in
    assert 'database "elsewhere" does not exist' in door.refused("root", dbname="elsewhere")
    with psycopg.connect(door.address("sam", password="pencil")):
        assert 'too many connections for role "sam"' in door.refused("sam", password="pencil")


def test_startup_settings(door: Door) -> None:
    assert door.ask("SHOW search_path", options="-c search_path=a,b --work-mem=64MB") == "a,b"
    assert "unrecognized configuration parameter" in door.refused("root", options="-c nonsense=1")
    assert "cannot be changed" in door.refused("sam", password="pencil", options="-c session_authorization=root")
    assert "permission denied to set role" in door.refused("sam", password="pencil", options="-c role=root")
    assert "replication" in door.refused("root", replication="true")


def test_silent_sessions_end(door: Door) -> None:
    for sql, state in (("SET idle_session_timeout = 50", "57P05"), ("SET idle_in_transaction_session_timeout = 50; BEGIN", "25P03")):
        with psycopg.connect(door.address("root"), autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]
            select.select([connection.fileno()], [], [], 30)  # until the server has something to say
            with pytest.raises(psycopg.Error) as error:
                connection.execute("SELECT 1")
            assert error.value.sqlstate == state


class NoAccounts:
    def verifier_of(self, user: str) -> None:
        return None

    def is_member(self, user: str, role: str) -> bool:
        return role == "staff" and user == "sue"


@pytest.mark.parametrize(
    "rule, fits",
    [
        ("host all all 10.0.0.0/8 trust", True), ("host all all 10.0.0.0 255.0.0.0 trust", True), ("host all all 11.0.0.0/8 trust", False),
        ("host all bob,+staff all trust", True), ("host all bob all trust", False), ('host "all" all all trust', False),
        ("host sue,sameuser all all trust", False), ("host dev sue all trust # comment", True), ("hostssl all all all trust", False),
        ("hostnossl all all all trust", True), ("local all all trust", False), ("host all all ::/0 trust", False),
    ],
)  # fmt: skip
def test_rules_fit(rule: str, fits: bool) -> None:
    (parsed,) = parse_rules(rule)
    assert parsed.fits(Login("sue", "dev", "10.1.2.3:5", "10.1.2.3"), NoAccounts()) == fits


@pytest.mark.parametrize("line", ["host all all", "nohost all all all trust", "host all all 1.2.3 trust", "host all all all magic",
                                  "host all all all trust map=x"])  # fmt: skip
def test_wrong_rules_name_their_line(line: str) -> None:
    with pytest.raises(UserError, match="line 2"):
        parse_rules("\n" + line)


@pytest.mark.slow
def test_idle_connections_cost_little() -> None:
    assert wire.idle(500) < 50


@pytest.mark.slow
def test_readers_that_do_not_read_are_bounded() -> None:
    grown, _ = wire.slow(5)
    assert grown < 400
