"""DuckDB's PIVOT and UNPIVOT as statements: what DuckDB answers."""

from typing import Any

import psycopg
import pytest


@pytest.fixture
def cities(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE cities (country varchar, name varchar, year int, population int)")
    connection.execute(
        "INSERT INTO cities VALUES ('NL', 'Amsterdam', 2000, 1005), ('NL', 'Amsterdam', 2010, 1065), ('US', 'Seattle', 2000, 564),"
        " ('US', 'Seattle', 2010, 608), ('US', 'New York', 2000, 8015)"
    )
    return connection


@pytest.mark.parametrize(
    "query, columns, rows",
    [
        ("PIVOT cities ON year USING sum(population) ORDER BY ALL", "country name 2000 2010",
         [("NL", "Amsterdam", 1005, 1065), ("US", "New York", 8015, None), ("US", "Seattle", 564, 608)]),
        ("PIVOT cities ON year IN (2000, 2010) USING max(population) GROUP BY country ORDER BY country", "country 2000 2010",
         [("NL", 1005, 1065), ("US", 8015, 608)]),
        ("PIVOT cities ON country || '_' || name USING sum(population) GROUP BY year ORDER BY year", "year NL_Amsterdam US_New York US_Seattle",
         [(2000, 1005, 8015, 564), (2010, 1065, None, 608)]),
        ("PIVOT cities ON year USING sum(population) AS total, max(population) AS mx GROUP BY country ORDER BY country",
         "country 2000_total 2000_mx 2010_total 2010_mx", [("NL", 1005, 1005, 1065, 1065), ("US", 8579, 8015, 608, 608)]),
        ("PIVOT (SELECT * FROM cities WHERE year > 2000) ON year GROUP BY country ORDER BY 1", "country 2010", [("NL", 1), ("US", 1)]),
        ("UNPIVOT (SELECT 1 AS id, 2 AS jan, 3 AS feb) ON jan, feb INTO NAME month VALUE sales", "id month sales", [(1, "jan", 2), (1, "feb", 3)]),
        ("UNPIVOT (SELECT 1 AS jan, 2 AS feb) ON COLUMNS(*) INTO NAME month VALUE sales ORDER BY 1", "month sales", [("feb", 2), ("jan", 1)]),
    ],
)
def test_what_it_gives(cities: psycopg.Connection, query: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    found = cities.execute(query)  # type: ignore[arg-type]
    assert " ".join(c.name for c in found.description or ()) == columns
    assert found.fetchall() == rows


@pytest.mark.parametrize("query, sqlstate", [("PIVOT cities ON nothing USING sum(population)", "42703"), ("PIVOT cities ON year, name", "0A000")])
def test_what_is_refused(cities: psycopg.Connection, query: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        cities.execute(query)  # type: ignore[arg-type]
    assert error.value.sqlstate == sqlstate
