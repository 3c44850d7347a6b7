"""Who may import whom. The picture is in docs/ARCHITECTURE.md; this test holds it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "kernels": set(),
    "storage": {"kernels"},
    "planner": {"kernels"},
    "executor": {"kernels", "storage", "planner"},
    "pgwire": {"kernels"},
    "server": {"kernels", "storage", "planner", "executor", "pgwire"},
}
ONLY_IN = {
    "sqlglot": (
        "planner/sql", "planner/bind", "planner/deparse", "planner/pipeline.py", "planner/changes.py", "planner/with_changes.py",
        "server/statements", "server/reading/planning.py",
    ),
    "rocksdict": ("storage/rocksdb",),
    "confluent_kafka": ("executor/connectors/kafka",),
    "asyncio": ("server", "pgwire"),
}
CIMPORT = re.compile(r"^\s*(?:from\s+(\S+)\s+cimport|cimport\s+(\S+))", re.M)


def modules(path: Path) -> list[str]:
    """Absolute dotted names of everything that a file imports; ours begin with 'sabot.'."""
    package = ["sabot", *path.relative_to(ROOT).parts[:-1]]
    text = path.read_text()
    names = [a or b for a, b in CIMPORT.findall(text)]
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
                names.append(".".join(p for p in (base, node.module or "") if p))
    else:
        for dots, rest in re.findall(r"^\s*from\s+(\.+)(\S*)\s+import", text, re.M):
            names.append(".".join([*package[: len(package) - len(dots) + 1], rest]).rstrip("."))
        names += re.findall(r"^\s*from\s+([a-z]\S*)\s+import", text, re.M)
    return names


def sources() -> list[Path]:
    return [p for top in ALLOWED for s in ("*.py", "*.pyx", "*.pxd") for p in sorted((ROOT / top).rglob(s))]


@pytest.mark.parametrize("top", ALLOWED)
def test_a_folder_imports_only_what_is_below_it(top: str) -> None:
    wrong = []
    for path in sources():
        if path.relative_to(ROOT).parts[0] != top:
            continue
        for name in modules(path):
            parts = name.split(".")
            if parts[0] == "sabot" and len(parts) > 1 and parts[1] in ALLOWED and parts[1] not in ALLOWED[top] | {top}:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_the_executor_knows_only_the_physical_plan() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] == "executor"
        for name in modules(path)
        if name.startswith("sabot.planner") and not name.startswith("sabot.planner.physical")
    ]
    assert not wrong


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_room(library: str) -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if not str(path.relative_to(ROOT)).startswith(ONLY_IN[library])
        and any(n == library or n.startswith(library + ".") for n in modules(path))
    ]
    assert not wrong


def test_nothing_imports_the_tests() -> None:
    wrong = [
        f"{p.relative_to(ROOT)}"
        for p in sources()
        if any(n.startswith(("sabot.tests", "sabot.sqllogictest", "tests", "sqllogictest")) for n in modules(p))
    ]
    assert not wrong


def test_every_kernel_module_has_types_for_python() -> None:
    missing = [
        str(p.relative_to(ROOT))
        for p in sources()
        if p.suffix == ".pyx" and not p.stem.startswith("k_") and not p.with_suffix(".pyi").exists()
    ]
    assert not missing


def test_files_are_small_enough_to_have_one_subject() -> None:
    limit = 900
    long = [
        f"{p.relative_to(ROOT)}: {n}"
        for p in [*sources(), *sorted((ROOT / "kernels/cpp").glob("*.hpp"))]
        if (n := len(p.read_text().splitlines())) > limit
    ]
    assert not long
