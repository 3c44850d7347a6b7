"""SHOW over the extended protocol: what is described is what comes."""

import psycopg
import pytest

KINDS = (
    "TABLES", "VIEWS", "MATERIALIZED VIEWS", "SOURCES", "SINKS", "SUBSCRIPTIONS", "INDEXES", "SECRETS", "CONNECTIONS", "SCHEMAS",
    "DATABASES", "FUNCTIONS", "COLUMNS FROM shown", "INDEXES FROM shown", "JOBS", "PROCESSLIST", "CURSORS", "USERS", "CLUSTERS",
    "TYPES", "OBJECTS", "PARAMETERS", "ALL", "timezone",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_rows_have_the_columns_that_are_described(connection: psycopg.Connection, kind: str) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS shown (k INT PRIMARY KEY, v TEXT)")
    connection.execute("CREATE INDEX IF NOT EXISTS shown_v ON shown (v) INCLUDE (k)")
    plain = connection.pgconn.exec_(f"SHOW {kind}".encode())
    extended = connection.pgconn.exec_params(f"SHOW {kind}".encode(), None)
    assert extended.error_message == b""
    assert [extended.fname(i) for i in range(extended.nfields)] == [plain.fname(i) for i in range(plain.nfields)]
    assert extended.ntuples == plain.ntuples


def test_what_is_shown_can_be_chosen(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE chosen (k INT PRIMARY KEY, other TEXT)")

    def shown(sql: str) -> list[object]:
        return [row[0] for row in connection.execute(sql).fetchall()]

    assert shown("SHOW COLUMNS FROM chosen WHERE name = 'other'") == ["other"]
    assert shown("SHOW COLUMNS FROM chosen WHERE type LIKE 'int%' OR name > 'x'") == ["k"]
    assert shown("SHOW COLUMNS FROM chosen NOT LIKE 'k'") == ["other"]
    assert shown("SHOW TABLES LIKE 'chos__' WHERE name IS NULL") == []
    for wrong, sqlstate in (("nosuch = 1", "42703"), ("name", "42804"), ("1 / 0 = 1", "22012")):
        with pytest.raises(psycopg.Error) as error:
            connection.execute(f"SHOW TABLES WHERE {wrong}")
        assert error.value.sqlstate == sqlstate
