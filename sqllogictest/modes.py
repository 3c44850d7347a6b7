"""Ways to run a whole suite; the answers must be the same in every one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """`views`: each query also as a view, made after the data or (`views_first`) before it.

    `settings` are SET statements of the session, `environment` of the server process.
    """

    name: str
    views: bool = False
    views_first: bool = False
    restart_every_record: bool = False
    kill: bool = False
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
        Mode("extended", protocol="extended"),
        Mode("restart", views=True, views_first=True, restart_every_record=True, durable=True),
        Mode("kill", views=True, views_first=True, restart_every_record=True, kill=True, durable=True),
    )
}
