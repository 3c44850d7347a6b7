"""What clients ask the catalogs, as it came over the wire, and what PostgreSQL 15 answers for the schema of `shop.sql`.

    python -m tests.catalog.captured record ADDRESS [--from DIRECTORY]     ask a PostgreSQL 15 with an empty database
    python -m tests.catalog.captured compare ADDRESS                       tell what another server answers differently

`answers/captured.json.xz` holds the statements with their parameters and the answers; `--from` takes the statements from files of
captured clients. OIDs above the fixed ones are facts of a server: they are replaced by what they stand for, in questions
and in answers. Rows are compared without their order, which most of the questions leave open.
"""

from __future__ import annotations

import argparse
import collections
import json
import lzma
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import DiagnosticField, Format

HERE = Path(__file__).parent
FILE = HERE / "answers" / "captured.json.xz"
SCHEMA = (HERE / "shop.sql").read_text()
EXCEPTIONS = HERE / "captured_exceptions.txt"

_MARK = re.compile(r"\{\{(?:(user|db)|oid:([a-z]+):([^:}=]*)(?::([^:}=]*))?(?:=(\d+))?)\}\}")
_PART = "JOIN pg_catalog.pg_namespace n ON n.oid = o.{0}namespace WHERE n.nspname = %s AND o.{0}name = %s"
_OIDS = {
    "class": "SELECT o.oid FROM pg_catalog.pg_class o " + _PART.format("rel"),
    "type": "SELECT o.oid FROM pg_catalog.pg_type o " + _PART.format("typ"),
    "proc": "SELECT o.oid FROM pg_catalog.pg_proc o " + _PART.format("pro"),
    "constraint": "SELECT o.oid FROM pg_catalog.pg_constraint o " + _PART.format("con"),
    "namespace": "SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s",
    "role": "SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s",
    "database": "SELECT oid FROM pg_catalog.pg_database WHERE datname = %s",
    "rewrite": "SELECT o.oid FROM pg_catalog.pg_rewrite o JOIN pg_catalog.pg_class c ON c.oid = o.ev_class WHERE c.relname = %s",
    "attrdef": "SELECT o.oid FROM pg_catalog.pg_attrdef o JOIN pg_catalog.pg_class c ON c.oid = o.adrelid WHERE c.relname = %s",
}
_NAMES = (
    "SELECT oid, 'database' FROM pg_catalog.pg_database WHERE datname = current_database()",
    "SELECT oid, 'schema ' || nspname FROM pg_catalog.pg_namespace",
    "SELECT c.oid, 'relation ' || n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    "SELECT oid, 'type ' || format_type(oid, NULL) FROM pg_catalog.pg_type",
    "SELECT oid, 'constraint ' || conname FROM pg_catalog.pg_constraint",
    "SELECT oid, 'role ' || rolname FROM pg_catalog.pg_roles",
    "SELECT oid, 'function ' || proname FROM pg_catalog.pg_proc",
    "SELECT oid, 'default ' || adrelid::regclass::text || adnum FROM pg_catalog.pg_attrdef",
    "SELECT oid, 'rule ' || ev_class::regclass::text FROM pg_catalog.pg_rewrite",
    "SELECT oid, 'label ' || enumlabel FROM pg_catalog.pg_enum",
)
_FIXED = 12_000  # OIDs below are the same on every PostgreSQL
_OID_TYPES = frozenset((24, 26, 30, 1028, 2205, 2206, 4089))
_NUMBER = re.compile(rb"\d{5,10}")


@dataclass(frozen=True)
class Question:
    """`parameters`: text, None, {"hex": …} or {"oid": …}; `simple`: sent as a Query."""

    text: str
    parameters: list[Any] = field(default_factory=list)
    types: list[Any] = field(default_factory=list)
    formats: list[int] = field(default_factory=list)
    simple: bool = False
    clients: str = ""


Answer = dict[str, Any]  # columns and rows, or an error


class Asked:
    """A server with the schema, and what its OIDs stand for."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        connection.prepare_threshold = None
        self.user, self.database = connection.info.user, connection.info.dbname
        self._found: dict[tuple[str, ...], str] = {}
        self._names: dict[str, str] = {}
        self._schemas = dict(connection.execute("SELECT oid::text, 'schema ' || nspname FROM pg_catalog.pg_namespace"))
        for query in _NAMES:
            for oid, name in connection.execute(query):
                self._names.setdefault(str(oid), name)

    def _fill(self, text: str) -> str:
        def replaced(mark: re.Match[str]) -> str:
            what, kind, one, two, default = mark.groups()
            if what:
                return self.user if what == "user" else self.database
            names = [{"{user}": self.user, "{db}": self.database}.get(n, n) for n in (one, two) if n]
            if (kind, *names) not in self._found:
                wanted = _OIDS[kind].count("%s") if kind in _OIDS else 0
                row = self.connection.execute(_OIDS[kind], names[-wanted:]).fetchone() if wanted else None
                self._found[kind, *names] = str(row[0]) if row else default or "0"
            return self._found[kind, *names]

        return _MARK.sub(replaced, text)

    def _parameter(self, value: Any, format: int) -> bytes | None:
        if isinstance(value, dict):
            if "hex" in value:
                return bytes.fromhex(value["hex"])
            oid = self._fill(value["oid"])
            return int(oid).to_bytes(4) if format else oid.encode()
        return None if value is None else self._fill(value).encode()

    def ask(self, q: Question) -> Answer:
        text = self._fill(q.text).encode()
        raw = self.connection.pgconn
        if q.simple and not q.parameters:
            result = raw.exec_(text)
        else:
            formats = (q.formats * len(q.parameters) if len(q.formats) == 1 else q.formats) or [0] * len(q.parameters)
            types = [int(self._fill(str(t))) for t in q.types[: len(q.parameters)]]
            types += [0] * (len(q.parameters) - len(types))
            values = [self._parameter(v, f) for v, f in zip(q.parameters, formats)]
            result = raw.exec_params(text, values, types, [Format(f) for f in formats])
        if "set_config" in q.text:  # the next question is asked for itself
            raw.exec_(b"RESET ALL")
        if result.error_message:
            if raw.transaction_status:
                raw.exec_(b"ROLLBACK")
            return {"error": (result.error_field(DiagnosticField.SQLSTATE) or b"").decode(), "message": result.error_message.decode()}
        types = [result.ftype(k) for k in range(result.nfields)]
        columns = [[(result.fname(k) or b"").decode(), self._names.get(str(t), t) if t >= _FIXED else t] for k, t in enumerate(types)]
        rows = [[self._shown(result.get_value(r, k), t) for k, t in enumerate(types)] for r in range(result.ntuples)]
        return {"columns": columns, "rows": sorted(rows, key=json.dumps)}

    def _shown(self, value: bytes | None, type_: int) -> str | None:
        if value is None:
            return None
        if type_ in _OID_TYPES or not value.isdigit():  # an OID, or a text that has one in it
            value = _NUMBER.sub(self._name, value)
        text = value.decode()
        if type_ == 28:
            return "{xid}"
        if type_ == 26:
            text = self._schemas.get(text, text)
        return {self.user: "{user}", self.database: "{db}"}.get(text) or re.sub(rf"\b{self.user}\b", "{user}", text)

    def _name(self, number: re.Match[bytes]) -> bytes:
        digits = number.group().decode()
        return self._names.get(digits, digits).encode() if int(digits) >= _FIXED else number.group()


def load() -> list[tuple[Question, Answer]]:
    return [(Question(**e["question"]), e["answer"]) for e in json.loads(lzma.decompress(FILE.read_bytes()))]


def exceptions() -> dict[int, str]:
    """The reason by the number of a question whose rows are different."""
    found: dict[int, str] = {}
    for line in EXCEPTIONS.read_text().splitlines():
        if line and not line.startswith("#"):
            reason, _, numbers = line.partition(":")
            found |= dict.fromkeys(map(int, numbers.split()), reason)
    return found


def difference(mine: Answer, theirs: Answer) -> str:
    """nothing, error, columns, fewer, more or rows. What only Sabot has by name is left out of its rows."""
    if "error" in mine:
        return "error"
    if mine["columns"] != theirs["columns"]:
        return "columns"
    own, other = (collections.Counter(map(json.dumps, a["rows"])) for a in (mine, theirs))
    extra = [row for row in (own - other).elements() if not _ONLY_HERE.search(row)]
    if extra:
        return "rows" if other - own else "more"
    return "fewer" if other - own else ""


_ONLY_HERE = re.compile(r'\bsabot\b|"postgres"')  # the schema of that name, and the role that scripts expect


def captured_questions(directory: Path) -> list[Question]:
    """The distinct questions about catalogs in the files of captured clients."""
    asks = re.compile(r"\s*(/\*.*?\*/|--[^\n]*\n|\s)*(select|with|table|values|show)\b", re.S | re.I)
    about = re.compile(r"pg_[a-z]|information_schema|\bshow\b|current_schema|version\(\)|has_.*_privilege|regclass|regtype", re.I)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(directory.glob("*.json")):
        for e in json.loads(path.read_text()).get("statements", ()):
            text = e["statement"]
            if e.get("not_postgres") or e["expect"].get("error") or e["protocol"] == "startup" or not (asks.match(text) and about.search(text)):
                continue
            key = re.sub(r"/\*.*?\*/", "", re.sub(r"\s+", " ", text)), json.dumps(e.get("params", []))
            entry = found.setdefault(key, {
                "text": text, "parameters": e.get("params", []), "types": e.get("param_types", []),
                "formats": e.get("param_formats", []), "simple": "P" not in e["flow"].split(), "clients": {},
            })  # fmt: skip
            entry["clients"][path.stem] = None
    return [Question(**e | {"clients": " ".join(e["clients"])}) for e in found.values()]


def record(address: str, directory: Path | None) -> None:
    """Ask all and keep the answers; new questions, with `directory`, are kept where PostgreSQL answers them without what came before."""
    questions = captured_questions(directory) if directory is not None else [q for q, _ in load()]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        server = Asked(connection)
        kept = [(q, a) for q in questions if "error" not in (a := server.ask(q))]
    for number in exceptions() if directory is None else ():
        kept[number][1]["rows"] = []  # they are not compared
    data = json.dumps([{"question": q.__dict__, "answer": a} for q, a in kept], ensure_ascii=False).encode()
    FILE.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(kept)} of {len(questions)} questions recorded, {FILE.stat().st_size} bytes")


def compare(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        server = Asked(connection)
        known = exceptions() if EXCEPTIONS.exists() else {}
        counts: collections.Counter[str] = collections.Counter()
        for number, (question, theirs) in enumerate(load()):
            mine = server.ask(question)
            kind = difference(mine, theirs)
            counts[kind or "same"] += 1
            if kind and number not in known:
                own, other = (collections.Counter(map(json.dumps, a.get("rows", ()))) for a in (mine, theirs))
                print(f"--- {number} {kind} {question.clients}: {' '.join(question.text.split())[:200]} {mine.get('message', '')}")
                for sign, rows in (("-", other - own), ("+", own - other)):
                    print("".join(f"  {sign} {row[:220]}\n" for row in sorted(rows)[:3]), end="")
            if not kind and number in known:
                print(f"--- {number} is no exception any more")
        print(dict(counts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("record", "compare"))
    parser.add_argument("address")
    parser.add_argument("--from", dest="directory", type=Path)
    given = parser.parse_args()
    if given.command == "record":
        record(given.address, given.directory)
    else:
        compare(given.address)
