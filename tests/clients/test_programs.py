"""PostgreSQL's own programs and others of the command line: psql in a terminal, pgbench, pg_dump, pgcli, dbt."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from .conftest import Address


def program(name: str) -> str:
    """The path of a program, of the PATH or of Python's environment; skips the test without it."""
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, **options: object) -> str:
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload]
    assert made.returncode == 0, made.stdout + made.stderr
    return str(made.stdout)


class Terminal:
    """A program behind a terminal: what is typed and what appears."""

    def __init__(self, *command: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", PAGER="cat", PSQL_HISTORY="/dev/null")
            os.execvp(command[0], command)

    def until(self, text: str, seconds: float = 60) -> str:
        seen, deadline = "", time.monotonic() + seconds
        while text not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([self.fd], [], [], 0.2)[0]:
                seen += os.read(self.fd, 65536).decode(errors="replace").replace("\a", "")
        return seen

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def close(self) -> None:
        self.type("\x15\\q\n")
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def test_psql_completes_names_in_a_terminal(address: Address) -> None:
    terminal = Terminal(program("psql"), address.conninfo, "-X", "-P", "pager=off")
    try:
        terminal.until("=# ")
        terminal.type("SELECT name FROM depot.pa\t")
        assert "part" in terminal.until("part")
        terminal.type(" WHERE part_id = 1;\n")
        assert "bolt" in terminal.until("(1 row)")
        terminal.type("\\d depot.m\t")
        terminal.until("move")
        terminal.type("\n")
        assert "move_time" in terminal.until("move_time")
    finally:
        terminal.close()


def test_psql_watches_and_takes_interrupts(address: Address) -> None:
    terminal = Terminal(program("psql"), address.conninfo, "-X", "-P", "pager=off")
    try:
        terminal.until("=# ")
        terminal.type("SELECT 'again' \\watch 0.1\n")
        terminal.until("again")
        terminal.until("(1 row)")
        terminal.type("\x03")
        terminal.until("=# ")
        terminal.type("SELECT pg_sleep(60);\n")
        with psycopg.connect(address.conninfo, autocommit=True) as other:
            asleep = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'"
            while other.execute(asleep).fetchone() != (1,):
                time.sleep(0.05)
        terminal.type("\x03")
        assert "canceling statement" in terminal.until("canceling statement due to user request")
    finally:
        terminal.close()


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench(address: Address, mode: str) -> None:
    pgbench = program("pgbench")
    target = ["-h", address.host, "-p", str(address.port), "-U", address.user, address.database]
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'pgbench_accounts'").fetchone()
    if found == (0,):
        run(pgbench, "-i", "-s", "1", "-I", "dtG", "-q", *target)
    select_only = run(pgbench, "-n", "-S", "-M", mode, "-c", "2", "-t", "20", *target)
    assert "transactions actually processed: 40/40" in select_only
    writing = run(pgbench, "-n", "-M", mode, "-c", "1", "-t", "10", "--max-tries=10", *target)
    assert "transactions actually processed: 10/10" in writing
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        sums = connection.execute(
            """SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM pgbench_branches),
                      (SELECT sum(delta) FROM pgbench_history) = (SELECT sum(tbalance) FROM pgbench_tellers)"""
        ).fetchone()
    assert sums == (True, True)


def test_pg_dump_writes_tables_and_rows(address: Address) -> None:
    dump = program("pg_dump")
    if " 15." not in run(dump, "--version"):
        pytest.skip("a pg_dump of 15 is needed")
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA dumped")
        connection.execute("CREATE TABLE dumped.t (a integer NOT NULL, b text, PRIMARY KEY (a))")
        connection.execute("INSERT INTO dumped.t VALUES (1, 'one'), (2, NULL)")
    target = ["-h", address.host, "-p", str(address.port), "-U", address.user, "-d", address.database]
    text = run(dump, *target, "-n", "dumped")
    assert "CREATE TABLE dumped.t (\n    a integer NOT NULL,\n    b text\n);" in text
    assert "COPY dumped.t (a, b) FROM stdin;\n1\tone\n2\t\\N\n\\.\n" in text
    assert "ADD CONSTRAINT t_pkey PRIMARY KEY (a);" in text


def test_pgcli_runs_commands(address: Address) -> None:
    pgcli = program("pgcli")
    made = subprocess.run(
        [pgcli, "-h", address.host, "-p", str(address.port), "-U", address.user, "-d", address.database, "--less-chatty"],
        input="\\dt depot.*\nSELECT 40 + 2 AS answer;\n\\q\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "42" in made.stdout and "part" in made.stdout, made.stdout + made.stderr


def test_dbt_runs_tests_and_documents(address: Address, tmp_path: Path) -> None:
    dbt = program("dbt")
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: p\nversion: '1.0.0'\nprofile: p\nmodel-paths: [models]\n")
    (tmp_path / "profiles.yml").write_text(
        f"""p:
  target: dev
  outputs:
    dev: {{type: postgres, host: {address.host}, port: {address.port}, user: {address.user}, password: x,
          dbname: {address.database}, schema: dbt_tour, threads: 1}}
"""
    )
    models = {
        "m_view.sql": "{{ config(materialized='view') }} select part_id, name from depot.part",
        "m_table.sql": "{{ config(materialized='table') }} select * from {{ ref('m_view') }}",
        "m_live.sql": "{{ config(materialized='materialized_view') }} select count(*) as n from depot.move",
        "schema.yml": """version: 2
models:
  - name: m_table
    description: parts as a table
    columns: [{name: part_id, data_tests: [unique, not_null]}]
""",
    }
    for name, text in models.items():
        (tmp_path / "models" / name).write_text(text)
    where = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    environment = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    for command in (["run"], ["run"], ["test"], ["docs", "generate"]):
        run(dbt, *command, *where, env=environment)
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM dbt_tour.m_table").fetchone() == (3,)
        assert connection.execute("SELECT n FROM dbt_tour.m_live").fetchone() == (3,)
