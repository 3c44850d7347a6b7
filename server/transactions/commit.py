"""The end of a draft: all of it at once, durably, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .drafts import ChangedMeanwhile, Draft, within
from .transaction import Transaction, apply

if TYPE_CHECKING:
    from ..server import Server


def commit(server: Server, draft: Draft, transaction: Transaction | None) -> None:
    """Make it all durable and visible, as an engine command within the draft; raises with nothing done."""
    engine, checkpointer = server.engine, server.engine.checkpointer
    made, record = server.catalog.settled(draft)
    for relation, version in draft.versions.items():
        if relation in engine.relations and engine.relations[relation].version != version:
            raise ChangedMeanwhile(f'table "{engine.relations[relation].entry.name}"')
    if transaction is not None:
        transaction.writes.forget({id for kind, id in draft.found if kind == "relation" and id not in made.relations})
        engine.require_logged(transaction.writes)
    stores = {id: s for id, s in draft.stores.items() if id in made.relations}
    rewritten = checkpointer.prepare_rewrite(engine, list(stores.values())) if stores else []
    was = {id: engine.relations[id] for id in stores}
    engine.relations.update(stores)
    try:
        for action in draft.before:
            action()
        if transaction is not None:
            apply(engine, transaction, made)
        engine.log_with(lambda rows: checkpointer.commit(engine, record, rows, rewritten))
    except BaseException:
        engine.undo_writes()
        engine.relations.update(was)
        raise
    server.catalog.publish(made)
    draft.operations.clear()
    for id, stored in stores.items():
        stored.subscriptions = was[id].subscriptions
    engine.drafts -= {id for kind, id in draft.found if kind == "relation"}
    for effect in draft.effects:
        effect()


def undo(server: Server, draft: Draft) -> None:
    """Nothing of it has happened (an engine command)."""
    with within(None):
        engine = server.engine
        for action in reversed(draft.undo):
            action()
        engine.drafts -= {id for kind, id in draft.found if kind == "relation"}
