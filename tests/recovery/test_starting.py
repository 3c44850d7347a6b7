"""Starts that can't succeed say why and change nothing; SIGTERM ends a server in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from ..serving import Served
from .test_damage import damage


def sabot(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sabot", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def refused(*arguments: object, folder: Path) -> str:
    """What a server says that does not start: exit code 1, one or two lines, no traceback."""
    ended = sabot(*arguments, folder=folder)
    assert ended.returncode == 1, ended
    assert ended.stdout == "" and "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr


def test_a_second_server_on_the_data_directory(tmp_path: Path) -> None:
    server = Served(tmp_path / "data")
    try:
        server.run("CREATE TABLE t (a int)")
        said = refused("serve", "--port", 0, "--data-dir", tmp_path / "data", folder=tmp_path)
        assert "is in use by another server" in said and "hint: Stop the other server" in said
        server.run("INSERT INTO t VALUES (1)")
        server.kill()  # a dead server's lock is nobody's
        assert server.run("SELECT * FROM t") == [(1,)]
    finally:
        server.close()


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("serve", "--port", port, "--data-dir", tmp_path / "data", folder=tmp_path)
        assert f"cannot listen on 127.0.0.1:{port}" in said and "--port 0" in said
    server = Served(tmp_path / "data")  # the data directory is free again
    server.close()


def test_applications_and_scripts(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "good.py").write_text("app = object()\n")
    (tmp_path / "bad.sql").write_text("CREATE TABLE t (a int);\nSELEC 1;\n")
    assert 'cannot import application module "nosuch"' in refused("-A", "nosuch:app", "serve", folder=tmp_path)
    said = refused("-A", "broken:app", "serve", folder=tmp_path)
    assert 'cannot import application module "broken"' in said and "nothing_of_that_name" in said
    assert 'has no attribute "nope"' in refused("-A", "good:nope", "serve", folder=tmp_path)
    assert 'script "none.sql" does not exist' in refused("serve", "-f", "none.sql", folder=tmp_path)
    assert "syntax error" in refused("serve", "--port", 0, "-f", "bad.sql", folder=tmp_path)


def test_a_data_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "foreign").mkdir()
    import rocksdict

    other = rocksdict.Rdict(str(tmp_path / "foreign"), rocksdict.Options(raw_mode=True))
    other[b"key"] = b"value"
    other.close()
    assert "file" in refused("serve", "--port", 0, "--data-dir", tmp_path / "file", folder=tmp_path)
    said = refused("serve", "--port", 0, "--data-dir", tmp_path / "foreign", folder=tmp_path)
    assert "does not belong to Sabot" in said


def test_verify(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Served(data)
    server.run("CREATE TABLE t (a int)")
    server.run("INSERT INTO t SELECT generate_series(1, 100)")
    assert "is in use" in refused("verify", "--data-dir", data, folder=tmp_path)
    server.close()
    sound = sabot("verify", "--data-dir", data, folder=tmp_path)
    assert sound.returncode == 0 and sound.stderr == "" and " 100 rows" in sound.stdout
    damage(data, "manifest")
    damaged = sabot("verify", "--data-dir", data, folder=tmp_path)
    assert damaged.returncode == 1 and "checksum differs" in damaged.stderr
    assert "is no data directory" in refused("verify", "--data-dir", tmp_path, folder=tmp_path)


def test_wrong_usage(tmp_path: Path) -> None:
    for arguments in (("serve", "--port", "x"), ("serve", "--port", "70000"), ("nothing",), ()):
        assert sabot(*arguments, folder=tmp_path).returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load(tmp_path: Path, number: int) -> None:
    """Statements are answered or cut off; the server ends in time with exit code 0, and nothing acknowledged is lost."""
    server = Served(tmp_path / "data")
    server.run("CREATE TABLE t (writer int, a int)")
    server.run("CREATE MATERIALIZED VIEW v AS SELECT writer, count(*) AS n FROM t GROUP BY writer")
    acknowledged = [0] * 4

    def write(number: int) -> None:
        try:
            with psycopg.connect(server.engine.address, autocommit=True) as connection:
                while True:
                    connection.execute("INSERT INTO t VALUES (%s, %s)", (number, acknowledged[number]))
                    acknowledged[number] += 1
        except psycopg.OperationalError:
            return

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    sleeper = psycopg.connect(server.engine.address, autocommit=True)

    def sleep() -> None:
        with pytest.raises(psycopg.Error):
            sleeper.execute("SELECT pg_sleep(60)")

    sleeping = threading.Thread(target=sleep)
    sleeping.start()
    while not all(acknowledged) and any(t.is_alive() for t in threads):
        time.sleep(0.05)
    time.sleep(0.3)
    os.kill(server.pid, number)
    began = time.monotonic()
    code = server.engine.wait(60)
    assert code == 0 and time.monotonic() - began < 30  # pg_sleep would go on for twice as long
    for thread in (*threads, sleeping):
        thread.join(60)
        assert not thread.is_alive()
    again = Served(tmp_path / "data")
    try:
        found = dict(again.run("SELECT * FROM v"))
        assert all(found.get(i, 0) in (n, n + 1) for i, n in enumerate(acknowledged)), (found, acknowledged)
        assert all(acknowledged)
    finally:
        again.close()
        server.close()
