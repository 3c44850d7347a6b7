"""Ways to run a whole suite; the answers must be the same in every one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """`views`: each query also as a view, made after the data or (`views_first`) before it.

    `restarts`: the server is stopped, or with `kill` killed, before records. `transactions`: neighbouring DML
    statements become one transaction, so one step. `settings` are SET statements of the session, `environment` of the server process.
    """

    name: str
    views: bool = False
    views_first: bool = False
    restarts: bool = False
    kill: bool = False
    transactions: bool = False
    protocol: str = "simple"
    settings: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    durable: bool = False


PLAIN = Mode("select")
MODES: dict[str, Mode] = {
    m.name: m
    for m in (
        PLAIN,
        Mode("views", views=True),
        Mode("views-first", views=True, views_first=True),
        Mode("unoptimized", views=True, settings=("SET optional_rules TO off",)),
        Mode("one-row-steps", views=True, views_first=True, environment=(("SABOT_STEP_ROWS", "1"),)),
        Mode("one-step", views=True, views_first=True, transactions=True),
        Mode("partitions", views=True, views_first=True, settings=("SET streaming_parallelism TO 3",)),
        Mode("extended", protocol="extended"),
        Mode("binary", protocol="binary"),
        Mode("restart", views=True, views_first=True, restarts=True, durable=True),
        Mode("kill", views=True, views_first=True, restarts=True, kill=True, durable=True),
        Mode(
            "checkpoints", views=True, views_first=True, restarts=True, kill=True, durable=True,
            environment=(("SABOT_CHECKPOINT_SECONDS", "0"),),
        ),
    )
}
