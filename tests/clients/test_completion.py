"""What psql completes in a terminal, and what pgcli asks for: names of our own objects."""

from __future__ import annotations

import subprocess

import psycopg
import pytest

from .conftest import Address
from .test_programs import Terminal, program

# What is typed before the tab, and what psql makes of it.
COMPLETED = {
    "\\d depot.p": "art",
    "\\dm depot.": "totals",
    "\\dv depot.": "heavy",
    "\\di depot.move_t": "ime",
    "SELECT * FROM depot.tot": "als",
    "SELECT * FROM information_schema.colu": "mn",
    "INSERT INTO depot.mo": "ve",
    "ALTER TABLE depot.part ALTER COLUMN weig": "ht",
    "ALTER TABLE depot.part DROP CONSTRAINT part_n": "ame_key",
    "ALTER TABLE depot.mo": "ve",
    "UPDATE depot.part SET lab": "els",
    "REFRESH MATERIALIZED VIEW depot.": "totals",
    "DROP MATERIALIZED VIEW depot.": "totals",
    "DROP INDEX depot.move_t": "ime",
    "COPY depot.pa": "rt",
    "CREATE INDEX ON depot.pa": "rt",
    "COMMENT ON TABLE depot.mo": "ve",
    "SET search_p": "ath",
    "SHOW server_v": "ersion",
    "SET search_path TO dep": "ot",
    "LOCK TABLE depot.mo": "ve",
}


def test_psql_completes_every_kind_of_object(address: Address) -> None:
    terminal = Terminal(program("psql"), address.conninfo, "-X", "-P", "pager=off")
    try:
        terminal.until("=# ")
        for typed, rest in COMPLETED.items():
            terminal.type(typed + "\t")
            terminal.until(typed + rest)
            terminal.type("\x15\n")
            terminal.until("=# ")
    finally:
        terminal.close()


def test_pgcli_refreshes_its_names(address: Address) -> None:
    """Its first prompt waits for what it completes with: schemas, tables, columns, foreign keys, functions, types."""
    pytest.importorskip("pgcli", reason="pgcli is not installed")
    from pgcli.pgexecute import PGExecute

    executor = PGExecute(address.database, address.user, None, address.host, str(address.port))
    assert "depot" in executor.schemata()
    assert {("depot", "part"), ("depot", "move")} <= set(executor.tables())
    assert {("depot", "heavy"), ("depot", "totals")} <= set(executor.views())
    columns = {(schema, table, name): kind for schema, table, name, kind, *_ in executor.table_columns()}
    assert columns["depot", "part", "weight"] == "numeric" and columns["depot", "move", "moved_at"] == "timestamp without time zone"
    assert ("depot", "totals", "amount") in {c[:3] for c in executor.view_columns()}
    assert list(executor.foreignkeys()) == []
    assert {"abs", "sum", "row_number"} <= {f.func_name for f in executor.functions()}
    assert address.database in executor.databases()
    assert [row for _, rows, *_ in executor.run("SELECT 40 + 2") for row in rows or ()] == [(42,)]


@pytest.mark.parametrize("command", ["\\do+", "\\dT+", "\\dC+", "\\dF+", "\\dFd", "\\dFp", "\\dFt", "\\dA+", "\\dAc", "\\dAo", "\\dO+", "\\dL+", "\\dx+",
                                     "\\dconfig", "\\drds", "\\dRp+", "\\dX", "\\dP+", "\\det+", "\\dew+", "\\des+", "\\dy", "\\dd", "\\ddp", "\\df+ *.*", "\\da *.*"])
def test_psql_lists_what_we_have_not(address: Address, command: str) -> None:
    made = subprocess.run([program("psql"), address.conninfo, "-X", "-P", "pager=off", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "ERROR" not in made.stderr, made.stderr


def test_a_name_made_meanwhile_is_completed(address: Address) -> None:
    terminal = Terminal(program("psql"), address.conninfo, "-X", "-P", "pager=off")
    try:
        terminal.until("=# ")
        with psycopg.connect(address.conninfo, autocommit=True) as connection:
            connection.execute("CREATE MATERIALIZED VIEW depot.quite_new AS SELECT 1 AS a")
            terminal.type("SELECT * FROM depot.quite\t")
            terminal.until("depot.quite_new")
            terminal.type("\x15\n")
            connection.execute("DROP MATERIALIZED VIEW depot.quite_new")
    finally:
        terminal.close()
