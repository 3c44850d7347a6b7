"""pg_settings counts in PostgreSQL's units, and says where a value comes from; current_setting shows it as SHOW does."""

from __future__ import annotations

import psycopg

from tests.serving import Served


def test_units_sources_and_texts() -> None:
    served = Served()
    try:
        with psycopg.connect(served.engine.address, autocommit=True, options="-c lock_timeout=2s") as connection:
            connection.execute("SET work_mem = '64MB'; SET statement_timeout = '5s'")
            found = connection.execute(
                """SELECT name, setting, unit, vartype, source, boot_val, reset_val FROM pg_settings
                   WHERE name IN ('work_mem', 'statement_timeout', 'lock_timeout', 'shared_buffers', 'deadlock_timeout', 'seq_page_cost') ORDER BY 1"""
            ).fetchall()
            assert found == [
                ("deadlock_timeout", "1000", "ms", "integer", "default", "1000", "1000"),
                ("lock_timeout", "2000", "ms", "integer", "client", "0", "2000"),
                ("seq_page_cost", "1", None, "real", "default", "1", "1"),
                ("shared_buffers", "16384", "8kB", "integer", "default", "16384", "16384"),
                ("statement_timeout", "5000", "ms", "integer", "session", "0", "0"),
                ("work_mem", "65536", "kB", "integer", "session", "4096", "4096"),
            ]
            shown = "SELECT n, current_setting(n) FROM (VALUES ('work_mem'), ('statement_timeout')) v(n) ORDER BY 1"
            assert connection.execute(shown).fetchall() == [("statement_timeout", "5s"), ("work_mem", "64MB")]
    finally:
        served.close()
