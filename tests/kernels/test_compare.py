"""Comparison of every kind, IS tests, greatest/least, and zones without a system's zoneinfo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import Program, evaluate
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.types import BOOL, FLOAT8, INT4, TEXT, struct_of

from .oracle import FACTS, as_text, operator, value

ORDERED = {
    "bool": ["f", "t"],
    "int2": ["-5", "0", "7"],
    "int8": ["-5000000000", "0", "1"],
    "float8": ["-Infinity", "-1.5", "0", "Infinity", "NaN"],
    "numeric": ["-Infinity", "-1.5", "0", "1e40", "Infinity", "NaN"],
    "text": ["", "A", "a", "aa", "é"],
    "bytea": ["\\x", "\\x00", "\\x01", "\\xff"],
    "date": ["-infinity", "0044-03-15 BC", "2020-01-01", "infinity"],
    "time": ["00:00", "12:00", "24:00"],
    "timestamp": ["-infinity", "1969-12-31", "2020-01-01", "infinity"],
    "interval": ["-1 mon", "00:00:01", "29 days", "1 mon", "1 year"],
    "uuid": ["00000000-0000-0000-0000-000000000001", "f0000000-0000-0000-0000-000000000000"],
    "rw_int256": [str(-(2**200)), "-1", "0", str(2**200)],
    "int4[]": ["{}", "{1}", "{1,2}", "{2}", "{2,NULL}"],
}


@pytest.mark.parametrize("type_name", ORDERED)
def test_order_of_values(type_name: str) -> None:
    values = ORDERED[type_name]
    for (i, a), (j, b) in product(enumerate(values), enumerate(values)):
        left, right = value(a, type_name), value(b, type_name)
        for kernel, expected in (
            ("lt", i < j),
            ("le", i <= j),
            ("eq", i == j),
            ("ne", i != j),
            ("gt", i > j),
        ):
            got = evaluate(Call(f"compare.{kernel}", (left, right), BOOL), FACTS)
            assert got is expected, (a, kernel, b)


def test_equal_values_of_different_form() -> None:
    for t, a, b in (
        ("numeric", "1.5", "1.500"),
        ("interval", "1 mon", "30 days"),
        ("interval", "1 day", "24:00"),
        ("float8", "-0", "0"),
        ("float8", "NaN", "NaN"),
    ):
        assert as_text(operator("=", value(a, t), value(b, t))) == "true", (t, a, b)


def test_character_ignores_trailing_blanks_and_text_does_not() -> None:
    assert as_text(operator("=", value("a  ", "bpchar"), value("a", "bpchar"))) == "true"
    assert as_text(operator("=", value("a  ", "text"), value("a", "text"))) == "false"


def test_null_is_unknown_but_not_distinct_from_null() -> None:
    x, y = Col(0, INT4), Col(1, INT4)
    batch = Batch.from_rows((INT4, INT4), [(1, 1), (1, 2), (1, None), (None, None)])
    names = ("compare.eq", "compare.is_distinct", "compare.is_not_distinct")
    rows, _ = Program([Call(n, (x, y), BOOL) for n in names]).run(batch, FACTS)
    assert rows.to_rows() == [
        (True, False, True),
        (False, True, False),
        (None, True, False),
        (None, False, True),
    ]


def test_is_tests_never_give_null() -> None:
    batch = Batch.from_rows((BOOL,), [(True,), (False,), (None,)])
    names = ("is_true", "is_not_true", "is_false", "is_not_false", "is_null", "is_not_null")
    rows, _ = Program([Call(f"bool.{n}", (Col(0, BOOL),), BOOL) for n in names]).run(batch, FACTS)
    assert rows.to_rows() == [
        (True, False, False, True, False, True),
        (False, True, True, False, False, True),
        (False, True, False, True, True, False),
    ]


def test_a_row_is_null_when_all_fields_are_and_not_null_when_none_is() -> None:
    pair = struct_of(("a", INT4), ("b", TEXT))
    batch = Batch.from_rows((pair,), [((1, "x"),), ((None, None),), ((1, None),), (None,)])
    names = ("bool.is_null", "bool.is_not_null")
    rows, _ = Program([Call(n, (Col(0, pair),), BOOL) for n in names]).run(batch, FACTS)
    assert rows.to_rows() == [(False, True), (True, False), (False, False), (True, False)]


def test_greatest_least_and_nullif() -> None:
    x, y = Col(0, FLOAT8), Col(1, FLOAT8)
    batch = Batch.from_rows((FLOAT8, FLOAT8), [(1.0, 2.0), (None, 2.0), (None, None), (3.0, 3.0)])
    names = ("misc.greatest", "misc.least", "misc.nullif")
    rows, _ = Program([Call(n, (x, y), FLOAT8) for n in names]).run(batch, FACTS)
    assert rows.to_rows() == [(2.0, 1.0, 1.0), (2.0, 2.0, None), (None, None, None), (3.0, 3.0, None)]


def test_constants_are_evaluated_once_and_stand_for_all_rows() -> None:
    one = Lit(1, INT4)
    rows, errors = Program((Call("arith.div", (one, Lit(0, INT4)), INT4),)).run(Batch.unit(3), FACTS)
    assert rows.to_rows() == [(None,)] * 3
    assert errors is not None and [r[0] for r in errors.to_rows()] == [0, 1, 2]


def test_zones_come_from_tzdir_when_it_is_set(tmp_path: Path) -> None:
    source = Path("/usr/share/zoneinfo/Asia/Tokyo")
    if not source.exists():
        pytest.skip("no zoneinfo to copy from")
    (tmp_path / "Moon").mkdir()
    shutil.copy(source, tmp_path / "Moon" / "Base_1")
    code = (
        "from sabot.kernels.expr.program import zone_setting as z; print(z('moon/base_1'), z('Asia/Tokyo'))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert out.stdout.split() == ["Moon/Base_1", "None"], out.stderr
