"""What the README shows a stranger is what happens."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from sqllogictest.engines import Sabot

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_first_statements() -> None:
    engine = Sabot()
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            answers = []
            for statement in re.sub("--.*", "", blocks("sql")[0]).split(";"):
                if statement.strip():
                    cursor = connection.execute(statement)  # type: ignore[call-overload]
                    answers += [sorted(cursor.fetchall())] if cursor.description else []
        assert answers == [
            [("north", 2, Decimal("11.50")), ("south", 1, Decimal("4.25"))],
            [("north", 2, Decimal("30.50"))],
        ]
    finally:
        engine.close()


def test_in_a_process_without_a_server(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"arrow_table": pa.table({"k": [1, 2], "v": [Decimal("0.5"), Decimal("7")]})}
    exec(blocks("python")[0], names)
    assert sorted((row["k"], Decimal(row["sum"])) for row in names["sums"].to_pylist()) == [(1, 3), (2, 7)]
