"""What a subscriber was allowed to see: a subscription ends when it no longer is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture
def owner(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    connection.execute("CREATE TABLE t (a int, who text)")
    connection.execute("INSERT INTO t VALUES (1, 'reader')")
    connection.execute("CREATE ROLE reader LOGIN; GRANT SELECT ON t TO reader")
    (path,) = connection.execute("SHOW search_path").fetchone() or ("",)
    connection.execute(f"GRANT USAGE ON SCHEMA {path} TO reader; ALTER ROLE reader SET search_path = {path}")
    yield connection
    connection.execute("DROP OWNED BY reader; DROP ROLE reader")


def follow(server: Sabot, query: str, change: object) -> psycopg.Error:
    """The error that ends a subscription of `reader` once `change` is done."""
    assert callable(change)
    with psycopg.connect(server.address + " user=reader", autocommit=True) as reader:
        cursor = reader.cursor()
        rows = cursor.stream(query)
        assert next(rows)[2] == 1
        threading.Timer(0.1, change).start()
        with pytest.raises(psycopg.Error) as ended:
            for _ in rows:
                raise AssertionError("a row that may not be seen")
        return ended.value


@pytest.mark.parametrize("query", ["SUBSCRIBE t", "SUBSCRIBE (SELECT a + 0 AS a FROM t)"])
def test_a_revoked_privilege_ends_a_subscription(server: Sabot, owner: psycopg.Connection, query: str) -> None:
    def revoke() -> None:
        owner.execute("REVOKE SELECT ON t FROM reader")
        owner.execute("INSERT INTO t VALUES (2, 'root')")

    assert follow(server, query, revoke).sqlstate == "42501"


def test_a_new_policy_ends_a_subscription(server: Sabot, owner: psycopg.Connection) -> None:
    def secure() -> None:
        owner.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")

    assert follow(server, "SUBSCRIBE t", secure).sqlstate == "55000"


def test_settings_of_all_roles(server: Sabot, owner: psycopg.Connection) -> None:
    (path,) = owner.execute("SHOW search_path").fetchone() or ("",)
    owner.execute("ALTER ROLE ALL SET application_name = 'all'; ALTER ROLE ALL SET work_mem = '1MB'")
    owner.execute("ALTER DATABASE dev SET work_mem = '2MB'; ALTER ROLE reader SET application_name = 'own'")
    with psycopg.connect(server.address + " user=reader") as reader:
        assert reader.execute("SELECT current_setting('application_name'), current_setting('work_mem')").fetchone() == ("own", "2MB")
    own = f"search_path={path}"
    shown = "SELECT setdatabase <> 0, setrole <> 0, setconfig FROM pg_db_role_setting ORDER BY 1, 2"
    assert owner.execute(shown).fetchall() == [
        (False, False, ["application_name=all", "work_mem=1MB"]), (False, True, [own, "application_name=own"]),
        (True, False, ["work_mem=2MB"]),
    ]
    owner.execute("ALTER ROLE ALL RESET ALL; ALTER DATABASE dev RESET work_mem; ALTER ROLE reader RESET ALL")
    assert owner.execute(shown).fetchall() == []
