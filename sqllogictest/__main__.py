"""`python -m sqllogictest run [--mode NAME] FILE…`, `… oracle FILE…`, `… complete FILE…`.

run       against a server of ours; every difference is printed
          (modes restart, kill and checkpoints: --every N for a restart before one of N records)
oracle    the same files against PostgreSQL: does it agree with what they expect?
complete  write PostgreSQL's rows into the files
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .engines import Sabot, postgres
from .modes import MODES
from .runner import TIMED, complete, run_file


def files(names: list[str]) -> list[Path]:
    found: list[Path] = []
    for name in names or [str(Path(__file__).parent / "suites")]:
        path = Path(name)
        found += sorted(path.rglob("*.slt")) if path.is_dir() else [path]
    return found


def main() -> int:
    parser = argparse.ArgumentParser("sqllogictest", description=__doc__)
    parser.add_argument("command", choices=("run", "oracle", "complete"))
    parser.add_argument("files", nargs="*")
    parser.add_argument("--mode", choices=[*MODES, "all"], default="select")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="restart before one of N records (modes with restarts)")
    options = parser.parse_intermixed_args()
    paths = files(options.files)
    if options.command == "complete":
        with postgres() as engine:
            for path in paths:
                print(f"{path.name}: {complete(engine, path)} records changed")
        return 0
    if options.command == "oracle":
        with postgres() as engine:
            engine.protocol = MODES[options.mode].protocol
            shared = [p for p in paths if options.files or p.parent.name not in TIMED]  # those have syntax that PostgreSQL lacks
            return report((str(p), run_file(engine, p)) for p in shared)
    status = 0
    for name in MODES if options.mode == "all" else [options.mode]:
        mode = MODES[name]
        with tempfile.TemporaryDirectory(prefix="sabot-slt-") as directory:
            sabot = Sabot(Path(directory) if mode.durable else None, mode.protocol, dict(mode.environment))
            try:
                print(f"mode {name}")
                status |= report((str(p), run_file(sabot, p, mode, options.every)) for p in paths)
            finally:
                sabot.close()
    return status


def report(outcomes) -> int:  # type: ignore[no-untyped-def]
    passed = views = failed = 0
    for name, outcome in outcomes:
        passed += outcome.passed
        views += outcome.views
        failed += len(outcome.failures)
        for failure in outcome.failures:
            print(f"{name}: {failure}")
    print(f"{passed} passed, {views} as views, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
