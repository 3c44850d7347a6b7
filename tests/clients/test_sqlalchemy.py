"""SQLAlchemy: reflection of every kind of relation, and objects that go in and come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Address

sa = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
DRIVERS = {"psycopg": "psycopg", "psycopg2": "psycopg2", "pg8000": "pg8000"}


@pytest.fixture(scope="module", params=DRIVERS)
def engine(request: Any, address: Address) -> Iterator[Any]:
    pytest.importorskip(DRIVERS[request.param], reason=f"{request.param} is not installed")
    made = sa.create_engine(address.url(f"postgresql+{request.param}"))
    yield made
    made.dispose()


def test_names(engine: Any) -> None:
    inspector = sa.inspect(engine)
    assert "depot" in inspector.get_schema_names()
    assert sorted(inspector.get_table_names("depot")) == ["move", "part"]
    assert inspector.get_view_names("depot") == ["heavy"]
    assert inspector.get_materialized_view_names("depot") == ["totals"]


def test_columns(engine: Any) -> None:
    columns = {c["name"]: c for c in sa.inspect(engine).get_columns("part", "depot")}
    assert {n: str(c["type"]) for n, c in columns.items()} == {
        "part_id": "INTEGER", "name": "VARCHAR(40)", "weight": "NUMERIC(8, 3)", "labels": "ARRAY", "spec": "JSONB",
        "made_on": "DATE", "seen_at": "TIMESTAMP", "good": "BOOLEAN",
    }  # fmt: skip
    assert columns["seen_at"]["type"].timezone and not columns["name"]["nullable"] and columns["weight"]["nullable"]
    assert columns["weight"]["comment"] == "in kilograms"


def test_keys_and_indexes(engine: Any) -> None:
    inspector = sa.inspect(engine)
    assert inspector.get_pk_constraint("move", "depot")["constrained_columns"] == ["part_id", "move_id"]
    assert [u["column_names"] for u in inspector.get_unique_constraints("part", "depot")] == [["name"]]
    assert inspector.get_foreign_keys("move", "depot") == []
    found = {i["name"]: i for i in inspector.get_indexes("move", "depot")}
    assert found["move_time"]["column_names"] == ["moved_at", "part_id"]
    assert found["move_time"]["column_sorting"] == {"moved_at": ("desc",)}
    assert inspector.get_table_comment("part", "depot") == {"text": "what can be stored"}


def test_everything_at_once(engine: Any) -> None:
    metadata = sa.MetaData()
    metadata.reflect(engine, schema="depot", views=True)
    assert set(metadata.tables) == {"depot.part", "depot.move", "depot.heavy", "depot.totals"}
    part = metadata.tables["depot.part"]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(part.c.name, part.c.weight).order_by(part.c.part_id)).all()
    assert rows == [("bolt", Decimal("0.125")), ("beam", Decimal("120.500")), ("ünïcødé 日本", None)]


def test_objects_go_in_and_come_back(engine: Any) -> None:
    orm = pytest.importorskip("sqlalchemy.orm")
    base = orm.declarative_base()

    class Thing(base):  # type: ignore[misc, valid-type]
        __tablename__ = f"thing_{engine.driver}"
        id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
        name = sa.Column(sa.String(30), nullable=False)
        price = sa.Column(sa.Numeric(10, 2))
        made = sa.Column(sa.DateTime(timezone=True))
        doc = sa.Column(sa.JSON)

    base.metadata.create_all(engine)
    base.metadata.create_all(engine)  # finds it
    made = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    with orm.Session(engine) as session:
        session.add_all([Thing(id=i, name=f"n{i}", price=Decimal("1.50") * i, made=made, doc={"i": [i]}) for i in (1, 2, 3)])
        session.commit()
        session.get(Thing, 2).name = "changed"
        session.delete(session.get(Thing, 3))
        with session.begin_nested():
            session.add(Thing(id=4, name="nested"))
        session.commit()
    with orm.Session(engine) as session:
        found = session.scalars(sa.select(Thing).order_by(Thing.id)).all()
        assert [(t.id, t.name, t.price, t.made, t.doc) for t in found] == [
            (1, "n1", Decimal("1.50"), made, {"i": [1]}), (2, "changed", Decimal("3.00"), made, {"i": [2]}),
            (4, "nested", None, None, None),
        ]  # fmt: skip
        assert session.scalar(sa.select(sa.func.count()).where(Thing.name.like("n%"))) == 2
    base.metadata.drop_all(engine)
