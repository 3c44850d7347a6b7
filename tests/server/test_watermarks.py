"""Watermarks of tables outlast a restart, and rows that were rolled back do not move them."""

from pathlib import Path

from ..serving import Served

DDL = "CREATE TABLE r (a int, t timestamp, WATERMARK FOR t AS t - INTERVAL '1 minute') APPEND ONLY"


def test_a_restarted_server_knows_which_rows_are_late(tmp_path: Path) -> None:
    served = Served(tmp_path)
    try:
        served.run(DDL)
        served.run("INSERT INTO r VALUES (1, '2020-01-01 00:10:00')")
        served.kill()
        served.run("INSERT INTO r VALUES (2, '2020-01-01 00:00:00'), (3, '2020-01-01 00:09:30')")
        assert served.run("SELECT a FROM r ORDER BY a") == [(1,), (3,)]
        served.run("BEGIN")
        served.run("INSERT INTO r VALUES (4, '2020-01-01 02:00:00')")
        served.run("ROLLBACK")
        served.run("INSERT INTO r VALUES (5, '2020-01-01 00:09:40')")
        assert served.run("SELECT a FROM r ORDER BY a") == [(1,), (3,), (5,)]
    finally:
        served.close()
