"""What PostgreSQL 15 answers to the queries and psql commands of this folder, and how it was recorded.

`python -m tests.catalog.recorded ADDRESS` asks a PostgreSQL 15 with an empty database and writes `answers/`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).parent
SCHEMA = (HERE / "common.sql").read_text()
_MARK = "=== "


def queries() -> list[str]:
    lines = [line for line in (HERE / "queries.sql").read_text().splitlines() if not line.startswith("--")]
    return [q.strip() for q in "\n".join(lines).split(";\n") if q.strip()]


def answer(connection: psycopg.Connection, query: str) -> dict[str, Any]:
    """Columns with type OIDs, and rows as the server's text."""
    result = connection.pgconn.exec_(query.rstrip(";").encode())
    if result.error_message:
        raise AssertionError(f"{query}\n{result.error_message.decode()}")
    columns = [[(result.fname(k) or b"").decode(), result.ftype(k)] for k in range(result.nfields)]
    rows = [
        [None if (v := result.get_value(r, k)) is None else v.decode() for k in range(result.nfields)]
        for r in range(result.ntuples)
    ]
    return {"columns": columns, "rows": rows}


def commands() -> list[str]:
    return (HERE / "commands.txt").read_text().splitlines()


def psql(address: str) -> dict[str, str]:
    """What psql prints for each command, errors included; all commands in one session."""
    script = "".join(f"\\echo {_MARK}{n}\n{c}\n" for n, c in enumerate(commands()))
    made = subprocess.run(
        ["psql", address, "-X", "-q"], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    found: dict[str, str] = {}
    for part in ("\n" + made.stdout).split(f"\n{_MARK}")[1:]:
        number, _, text = part.partition("\n")
        lines = [line.rstrip() for line in text.splitlines()]
        found[f"{number} {commands()[int(number)]}"] = "\n".join(lines).strip("\n")
    return found


def main(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SCHEMA)
        answers = {q: answer(connection, q) for q in queries()}
    (HERE / "answers" / "queries.json").write_text(json.dumps(answers, indent=1) + "\n")
    (HERE / "answers" / "psql.json").write_text(json.dumps(psql(address), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
