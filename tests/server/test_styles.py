"""DateStyle, IntervalStyle, bytea_output: what a session shows and reads, in casts, COPY, parameters and views."""

import psycopg
import pytest

from sqllogictest.engines import Sabot

_DATES = {
    "ISO, MDY": ("1997-12-07", "1997-12-07 07:37:16.05", "1997-12-07 02:37:16-05", "2003-01-02"),
    "SQL, MDY": ("12/07/1997", "12/07/1997 07:37:16.05", "12/07/1997 02:37:16 EST", "01/02/2003"),
    "SQL, DMY": ("07/12/1997", "07/12/1997 07:37:16.05", "07/12/1997 02:37:16 EST", "01/02/2003"),
    "Postgres, MDY": ("12-07-1997", "Sun Dec 07 07:37:16.05 1997", "Sun Dec 07 02:37:16 1997 EST", "01-02-2003"),
    "Postgres, DMY": ("07-12-1997", "Sun 07 Dec 07:37:16.05 1997", "Sun 07 Dec 02:37:16 1997 EST", "01-02-2003"),
    "German, DMY": ("07.12.1997", "07.12.1997 07:37:16.05", "07.12.1997 02:37:16 EST", "01.02.2003"),
}
_INTERVALS = {
    "postgres": ("1 year 2 mons -3 days +04:05:06.7", "-00:00:01"),
    "postgres_verbose": ("@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs", "@ 1 sec ago"),
    "sql_standard": ("+1-2 -3 +4:05:06.7", "-0:00:01"),
    "iso_8601": ("P1Y2M-3DT4H5M6.7S", "PT-1S"),
}


@pytest.mark.parametrize("style", _DATES)
def test_dates_are_shown_and_read_in_the_style(connection: psycopg.Connection, style: str) -> None:
    connection.execute("SET timezone = 'America/New_York'")
    connection.execute(f"SET datestyle = '{style}'")
    assert connection.execute("SHOW datestyle").fetchone() == (style,)
    day, moment, zoned, read = _DATES[style]
    raw = psycopg.RawCursor(connection)
    for cast in ("", "::text"):
        values = raw.execute(
            f"SELECT date '1997-12-07'{cast}, timestamp '1997-12-07 07:37:16.05'{cast}, timestamptz '1997-12-07 07:37:16Z'{cast}"
        ).pgresult
        assert values is not None
        assert [values.get_value(0, k) for k in range(3)] == [day.encode(), moment.encode(), zoned.encode()]
    assert connection.execute("SELECT ('1/2/2003'::date)::text").fetchone() == (read,)
    assert connection.execute("SELECT to_json(date '1997-12-07')::text").fetchone() == ('"1997-12-07"',)


def test_copy_and_parameters_follow_the_style(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (d date, i interval, b bytea)")
    connection.execute("SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'")
    with connection.cursor().copy("COPY t FROM STDIN") as copy:
        copy.write("13.2.2003\tP1DT2H\ta\\\\001\\\\\\\\\n")
    with connection.cursor().copy("COPY t TO STDOUT") as copy:
        assert b"".join(copy) == b"13.02.2003\tP1DT2H\ta\\\\001\\\\\\\\\n"
    assert connection.execute("SELECT count(*) FROM t WHERE d = %s::date", ("13/2/2003",)).fetchone() == (1,)
    assert connection.info.parameter_status("DateStyle") == "German, DMY"
    assert connection.info.parameter_status("IntervalStyle") == "iso_8601"


@pytest.mark.parametrize("style", _INTERVALS)
def test_intervals_are_shown_in_the_style(connection: psycopg.Connection, style: str) -> None:
    connection.execute(f"SET intervalstyle = '{style}'")
    row = connection.execute(
        "SELECT (interval '1 year 2 mons -3 days 04:05:06.7')::text, (interval '-1 second')::text"
    ).fetchone()
    assert row == _INTERVALS[style]
    connection.execute("SET intervalstyle = 'sql_standard'")
    assert connection.execute("SELECT extract(epoch FROM interval '-1 2:03:04')::int").fetchone() == (-93784,)


def test_what_a_style_does_not_say_stays(connection: psycopg.Connection) -> None:
    for said, now in (("dmy", "ISO, DMY"), ("sql", "SQL, DMY"), ("us", "SQL, MDY"), ("german", "German, DMY"),
                      ("postgresql, european", "Postgres, DMY"), ("default", "ISO, MDY")):
        connection.execute(f"SET datestyle = '{said}'")
        assert connection.execute("SHOW datestyle").fetchone() == (now,)
    for wrong in ("nope", "ISO, SQL", "MDY, YMD"):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            connection.execute(f"SET datestyle = '{wrong}'")


def test_objects_keep_the_style_they_were_written_with(connection: psycopg.Connection) -> None:
    connection.execute("SET datestyle = 'SQL, DMY'")
    connection.execute("CREATE TABLE t (k int, d date DEFAULT '13/2/2003')")
    connection.execute("CREATE MATERIALIZED VIEW m AS SELECT k, d::text AS shown, d = '13/2/2003'::date AS same FROM t")
    connection.execute("CREATE VIEW v AS SELECT k, '1/2/2003'::date AS d FROM t")
    connection.execute("SET datestyle = 'ISO, MDY'")
    connection.execute("INSERT INTO t (k) VALUES (1)")
    assert connection.execute("SELECT * FROM m").fetchone() == (1, "13/02/2003", True)
    assert connection.execute("SELECT d::text FROM v").fetchone() == ("2003-02-01",)


def test_the_start_of_a_connection_may_set_styles(server: Sabot) -> None:
    options = "-c datestyle=sql,dmy -c intervalstyle=iso_8601"
    with psycopg.connect(server.address, options=options) as connection:
        assert connection.info.parameter_status("DateStyle") == "SQL, DMY"
        assert connection.execute("SELECT date '2003-02-01'::text, interval '1 day'::text").fetchone() == ("01/02/2003", "P1D")
