"""Drivers of other languages: DBD::Pg, ruby-pg, PDO and php-pgsql. `tour.*.txt` is what each script prints beside PostgreSQL 15."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Address

HERE = Path(__file__).parent
# Program, script, what shows that the driver is there, and the package that has it.
DRIVERS = [
    ("perl", "tour.pl", ["-MDBD::Pg", "-e", "1"], "libdbd-pg-perl"),
    ("ruby", "tour.rb", ["-e", "require 'pg'"], "ruby-pg"),
    ("php", "tour.php", ["-r", "exit(extension_loaded('pdo_pgsql') && extension_loaded('pgsql') ? 0 : 1);"], "php-pgsql"),
]


@pytest.mark.parametrize(("program", "script", "probe", "package"), DRIVERS, ids=[d[0] for d in DRIVERS])
def test_tour(address: Address, program: str, script: str, probe: list[str], package: str) -> None:
    if shutil.which(program) is None or subprocess.run([program, *probe], capture_output=True, check=False).returncode:
        pytest.skip(f"no {package}")
    made = subprocess.run(
        [program, str(HERE / script), address.host, str(address.port), address.user, address.database], capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert made.stdout == (HERE / f"{script}.txt").read_text(), made.stdout + made.stderr
