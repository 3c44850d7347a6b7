"""`sabot sql` without psql: a small line reader over psycopg."""

from __future__ import annotations

import sys
from typing import Any

from ..kernels.errors import SabotError


def run_console(address: str, statement: str | None) -> int:
    """Read statements up to ';' from standard input and print their results; 1 after an error with -c."""
    try:
        import psycopg
    except ImportError:
        raise SabotError("neither psql nor psycopg is installed", hint="pip install 'psycopg[binary]'") from None
    with psycopg.connect(address, autocommit=True) as connection:
        if statement is not None:
            return 0 if _run(connection, statement) else 1
        pending = ""
        while True:
            try:
                line = input("sabot> " if not pending else "    -> ")
            except EOFError:
                print()
                return 0
            if not pending and line.strip() in ("\\q", "quit", "exit"):
                return 0
            pending += line + "\n"
            if ";" in line:
                _run(connection, pending)
                pending = ""


def _run(connection: Any, text: str) -> bool:
    import psycopg

    try:
        cursor = connection.execute(text)
    except psycopg.Error as e:
        print(f"ERROR: {e}", file=sys.stderr)
        return False
    if cursor.description is None:
        print(cursor.statusmessage)
        return True
    names = [c.name for c in cursor.description]
    rows = [["" if v is None else str(v) for v in row] for row in cursor.fetchall()]
    widths = [max(map(len, column)) for column in zip(names, *rows)]
    print(" | ".join(n.ljust(w) for n, w in zip(names, widths)))
    print("-+-".join("-" * w for w in widths))
    for row in rows:
        print(" | ".join(v.ljust(w) for v, w in zip(row, widths)))
    print(f"({len(rows)} row{'s' if len(rows) != 1 else ''})")
    return True
