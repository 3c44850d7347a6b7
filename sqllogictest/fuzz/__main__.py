"""`python -m sqllogictest.fuzz --seed 1 --count 1000`: every query as SELECT on a server of ours and on PostgreSQL.

With `--corpus`, the queries are like those of sqlite's test corpus: arithmetic, conditions and joins without end.
With `--mutate`, statements of the suites with words changed run on our server, which must answer or refuse each of them.
With `--definitions`, the text of a view on every query is read again, by both. With `--views`, every query is a
materialized view, compared after each of `--dml` batches of random changes. PostgreSQL is `SABOT_POSTGRES`, or that of
the wheel. The same seed gives the same queries; each schema has a number of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..engines import postgres
from .corpus import FAMILIES
from .definitions import DefinitionRunner
from .mutations import Mutations
from .queries import Queries
from .run import Runner
from .schema import Schema
from .views import ViewRunner


def main() -> int:
    parser = argparse.ArgumentParser("sqllogictest.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--views", action="store_true")
    parser.add_argument("--definitions", action="store_true")
    parser.add_argument("--corpus", nargs="?", const=",".join(FAMILIES), help="the families, with commas between; all: " + ", ".join(FAMILIES))
    parser.add_argument("--dml", type=int, default=8, help="batches of changes to the tables of a schema")
    parser.add_argument("--form", default="", help="queries of one form: simple, grouped, windowed, set_operation, with_query, distinct_on")
    parser.add_argument("--rows", type=int, default=0, help="rows of the first table of a schema")
    parser.add_argument("--save", type=Path, help="write what differs as records into this file")
    parser.add_argument("--mutate", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    if options.mutate:
        mutations = Mutations(options.seed)
        mutations.run(options.count)
        for message, sql in mutations.statements.items():
            print(f"WRONG {mutations.found[message]}: {message}\n    {sql}")
        print(f"{options.count} statements, {mutations.refused} refused, {mutations.found.total()} wrong, {time.monotonic() - began:.0f} s")
        return 1 if mutations.found else 0
    Queries.form = options.form
    Schema.rows = options.rows
    with postgres() as engine:
        if options.views:
            views = ViewRunner(engine.address, options.save)
            try:
                views.views(options.seed, options.count, options.dml)
            finally:
                views.close()
            report = views.report
        elif options.definitions:
            defined = DefinitionRunner(engine.address)
            try:
                defined.definitions(options.seed, options.count)
            finally:
                defined.close()
            report = defined.report
        else:
            runner = Runner(engine.address, options.save)
            try:
                if options.corpus:
                    runner.corpus(options.seed, options.count, tuple(options.corpus.split(",")))
                else:
                    runner.selects(options.seed, options.count)
            finally:
                runner.close()
            report = runner.report
    for name, times in report.errors_by.most_common(12):
        print(f"PostgreSQL's error, {times} times: {name}")
    for name, times in report.found.most_common():
        print(f"DIFFERENT {times}: {name}")
    print(f"{report.queries} queries, {report.errors} errors of PostgreSQL, {sum(report.found.values())} differences, {time.monotonic() - began:.0f} s")
    return 1 if report.found else 0


if __name__ == "__main__":
    sys.exit(main())
