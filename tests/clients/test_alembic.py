"""Alembic: a revision that autogenerate writes from a model, up and down, and nothing left to change after it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Address

sqlalchemy = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
pytest.importorskip("alembic", reason="Alembic is not installed")
pytest.importorskip("psycopg2", reason="psycopg2 is not installed")


def model(columns: int) -> Any:
    """A schema in two versions; the second has more of everything."""
    from sqlalchemy import dialects

    s, pg = sqlalchemy, dialects.postgresql
    meta = s.MetaData(schema="alem")
    more = columns > 1
    s.Table(
        "author", meta, s.Column("id", s.Integer, s.Identity(), primary_key=True), s.Column("name", s.String(80 if more else 40), nullable=False, unique=True),
        s.Column("born", s.Date), s.Column("tags", pg.ARRAY(s.Text)), s.Column("doc", pg.JSONB, server_default="{}"),
        *([s.Column("key", pg.UUID, server_default=s.text("gen_random_uuid()"))] if more else []), comment="who writes" if more else None,
    )  # fmt: skip
    s.Table(
        "book", meta, s.Column("id", s.BigInteger, primary_key=True), s.Column("title", s.Text, nullable=not more),
        s.Column("author_id", s.ForeignKey("alem.author.id", ondelete="CASCADE", name="book_author")), s.Column("price", s.Numeric(10, 2), server_default="0"),
        s.Column("kind", s.Enum("novel", "poem", name="book_kind", schema="alem")),
        s.Index("book_title", "title"), *([s.Index("book_lower", s.text("lower(title)")), s.CheckConstraint("price >= 0", name="price_ok")] if more else []),
    )  # fmt: skip
    return meta


def test_autogenerate(address: Address) -> None:
    from alembic.autogenerate import compare_metadata, produce_migrations
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sqlalchemy.create_engine(address.url("postgresql+psycopg2"))
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE SCHEMA alem"))
        connection.commit()
        options = {"include_schemas": True, "compare_type": True, "compare_server_default": True,
                   "include_name": lambda name, kind, parents: kind != "schema" or name == "alem"}  # fmt: skip

        def left(meta: Any) -> list[Any]:
            return list(compare_metadata(MigrationContext.configure(connection, opts=options), meta))

        def migrate(meta: Any) -> None:
            context = MigrationContext.configure(connection, opts=options)
            operations = Operations(context)
            todo = [produce_migrations(context, meta).upgrade_ops]
            while todo:
                step = todo.pop(0)
                if hasattr(step, "ops"):
                    todo = [*step.ops, *todo]
                else:
                    operations.invoke(step)
            connection.commit()

        migrate(model(1))
        assert left(model(1)) == []
        insert = "INSERT INTO alem.author (name) VALUES ('a'); INSERT INTO alem.book VALUES (1, 't', 1, 2.5, 'poem')"
        connection.execute(sqlalchemy.text(insert))
        connection.commit()
        assert left(model(2))
        migrate(model(2))
        assert left(model(2)) == []
        assert connection.execute(sqlalchemy.text("SELECT b.title, a.name, a.key IS NULL FROM alem.book b JOIN alem.author a ON a.id = author_id")).all() == [("t", "a", False)]
        connection.rollback()
        migrate(sqlalchemy.MetaData(schema="alem"))
        assert left(sqlalchemy.MetaData(schema="alem")) == []
    engine.dispose()
