"""Drivers of other languages: DBD::Pg, ruby-pg, Active Record, Doctrine, PDO and php-pgsql, Go's pq and pgx. `tour.*.txt` is what each script prints beside PostgreSQL 15."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from sqllogictest.engines import Sabot

from .conftest import Address

HERE = Path(__file__).parent
# Program, script, what shows that the driver is there, and the package that has it.
DRIVERS = [
    ("perl", "tour.pl", ["-MDBD::Pg", "-e", "1"], "libdbd-pg-perl"),
    ("ruby", "tour.rb", ["-e", "require 'pg'"], "ruby-pg"),
    ("ruby", "active_record.rb", ["-e", "require 'active_record'; require 'pg'"], "ruby-activerecord"),
    ("php", "tour.php", ["-r", "exit(extension_loaded('pdo_pgsql') && extension_loaded('pgsql') ? 0 : 1);"], "php-pgsql"),
]


@pytest.mark.parametrize(("program", "script", "probe", "package"), DRIVERS, ids=[d[1] for d in DRIVERS])
def test_tour(address: Address, program: str, script: str, probe: list[str], package: str) -> None:
    if shutil.which(program) is None or subprocess.run([program, *probe], capture_output=True, check=False).returncode:
        pytest.skip(f"no {package}")
    made = subprocess.run(
        [program, str(HERE / script), address.host, str(address.port), address.user, address.database], capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert made.stdout == (HERE / f"{script}.txt").read_text(), made.stdout + made.stderr


def test_go(address: Address, tmp_path: Path) -> None:
    """With Debian's golang-github-lib-pq-dev and golang-github-jackc-pgx-v4-dev, or what GOPATH has of them."""
    if shutil.which("go") is None:
        pytest.skip("no go")
    path = os.environ.get("GOPATH", "/usr/share/gocode")
    if not all((Path(path) / "src" / "github.com" / p).is_dir() for p in ("lib/pq", "jackc/pgx/v4")):
        pytest.skip("no golang-github-lib-pq-dev or golang-github-jackc-pgx-v4-dev")
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": path, "GOCACHE": str(tmp_path / "cache")}
    program = tmp_path / "tour"
    built = subprocess.run(
        ["go", "build", "-o", str(program), str(HERE / "tour.go")], capture_output=True, text=True, timeout=400, check=False, env=environment
    )
    assert built.returncode == 0, built.stderr
    made = subprocess.run(
        [str(program), address.host, str(address.port), address.user, address.database], capture_output=True, text=True, timeout=120, check=False
    )
    assert made.stdout == (HERE / "tour.go.txt").read_text(), made.stdout + made.stderr


def test_doctrine() -> None:
    """Over a database of its own: DBAL compares all tables that there are."""
    there = "exit(stream_resolve_include_path('Doctrine/DBAL/autoload.php') ? 0 : 1);"
    if shutil.which("php") is None or subprocess.run(["php", "-r", there], capture_output=True, check=False).returncode:
        pytest.skip("no php-doctrine-dbal")
    engine = Sabot(None)
    try:
        known = conninfo_to_dict(engine.address)
        made = subprocess.run(
            ["php", str(HERE / "dbal.php"), str(known["host"]), str(known["port"]), str(known["user"]), str(known["dbname"])],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        engine.close()
    assert made.stdout == (HERE / "dbal.php.txt").read_text(), made.stdout + made.stderr
