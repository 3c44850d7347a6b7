"""The Prometheus exposition text, from the same numbers as the relations of schema `sabot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..server import Server


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def exposition(server: Server) -> str:
    """Text format 0.0.4."""
    engine = server.engine
    lines: list[str] = []

    def metric(name: str, kind: str, description: str, samples: list[tuple[str, float]]) -> None:
        lines.append(f"# HELP sabot_{name} {description}")
        lines.append(f"# TYPE sabot_{name} {kind}")
        lines.extend(f"sabot_{name}{labels} {value:g}" for labels, value in samples)

    metric("epoch", "counter", "Epochs stepped.", [("", engine.epoch)])
    metric("sessions", "gauge", "Open sessions.", [("", len(server.sessions))])
    last = engine.checkpointer.last
    metric("checkpoint_epoch", "gauge", "Epoch of the last checkpoint.", [("", last.epoch if last else 0)])
    metric("checkpoint_write_seconds", "gauge", "Time to write the last checkpoint.",
           [("", last.write_ms / 1000 if last else 0)])
    relations = [
        (f'{{relation="{_label(s.entry.schema)}.{_label(s.entry.name)}"}}', s) for s in list(engine.relations.values())
    ]
    metric("relation_rows", "gauge", "Rows of a table or view.", [(n, s.rows.num_rows) for n, s in relations])
    metric("relation_bytes", "gauge", "Bytes of a table or view.", [(n, s.rows.nbytes) for n, s in relations])
    operators = [
        (f'{{job="{_label(j.name)}",operator="{i}",kind="{type(s.plan).__name__}"}}', s)
        for j in list(engine.jobs.values())
        for i, s in enumerate(j.dataflow.slots)
    ]
    metric("operator_rows_in", "counter", "Rows taken by an operator.", [(n, s.rows_in) for n, s in operators])
    metric("operator_rows_out", "counter", "Rows given by an operator.", [(n, s.rows_out) for n, s in operators])
    metric("operator_cpu_seconds", "counter", "CPU time of an operator.",
           [(n, s.nanoseconds / 1e9) for n, s in operators])
    metric("operator_state_rows", "gauge", "Rows of state.",
           [(n, s.operator.state_rows) for n, s in operators if s.operator is not None])
    metric("operator_state_bytes", "gauge", "Bytes of state.",
           [(n, s.operator.state_bytes) for n, s in operators if s.operator is not None])
    jobs = [(f'{{job="{_label(j.name)}",state="{j.state}"}}', j) for j in list(engine.jobs.values())]
    metric("job_steps", "counter", "Epochs in which a job was stepped.", [(n, j.steps) for n, j in jobs])
    sources = [(f'{{source="{_label(s.spec.name)}"}}', s) for s in list(engine.sources.values())]
    metric("source_rows", "counter", "Rows taken from a source.", [(n, s.rows) for n, s in sources])
    metric("source_lag", "gauge", "Rows behind.", [(n, lag) for n, s in sources if (lag := s.lag()) is not None])
    metric("sink_rows", "counter", "Rows delivered by a sink.",
           [(f'{{sink="{_label(o.spec.name)}"}}', o.rows_delivered) for o in list(engine.outputs.values())])
    return "\n".join(lines) + "\n"
