"""What a statement with wrong words gets is an answer or an error of its own, never one of the server's."""

from sqllogictest.engines import Failed
from sqllogictest.fuzz.mutations import Mutations


def test_changed_statements_of_the_suites() -> None:
    mutations = Mutations(seed=5)
    mutations.run(500)
    assert mutations.statements == {}
    assert 0 < mutations.refused < 500


def test_a_statement_that_breaks_the_server_is_told() -> None:
    mutations = Mutations(seed=5)
    mutations.note("SELECT 1", Failed("XX000", "internal error: KeyError"))
    mutations.note("SELECT 2", Failed("42601", "syntax error"))
    assert mutations.statements == {"XX000: internal error: KeyError": "SELECT 1"} and mutations.refused == 2
