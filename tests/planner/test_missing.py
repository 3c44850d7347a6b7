"""Who asks for a relation that is not there is told which one may have been meant."""

import pytest
from sabot.server.embedded.dbapi import Connection as Sabot
from sabot.server.embedded.dbapi import connect
from sabot.server.embedded.dbapi_errors import Error


@pytest.fixture(scope="module")
def db() -> Sabot:
    with connect() as db:
        db.execute('CREATE SCHEMA sales; CREATE TABLE orders (id int); CREATE TABLE sales.customers (id int); CREATE VIEW "Totals" AS SELECT 1')
        yield db


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("SELECT * FROM ordrs", "Perhaps you meant orders."),
        ("SELECT * FROM customers", "Perhaps you meant sales.customers."),
        ("SELECT * FROM sales.customer", "Perhaps you meant sales.customers."),
        ("SELECT * FROM totals", 'Perhaps you meant "Totals".'),
        ("INSERT INTO orderz VALUES (1)", "Perhaps you meant orders."),
        ("CREATE SINK s FROM order_s WITH (connector = 'blackhole')", "Perhaps you meant orders."),
        ("SELECT * FROM something_else", None),
    ],
)
def test_the_hint_names_what_may_have_been_meant(db: Sabot, statement: str, hint: str | None) -> None:
    with pytest.raises(Error) as caught:
        db.execute(statement)
    assert (caught.value.sqlstate, caught.value.hint) == ("42P01", hint)
