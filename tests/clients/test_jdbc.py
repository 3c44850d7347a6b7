"""pgjdbc: DatabaseMetaData and results that can be written to. The driver is Debian's, or SABOT_PGJDBC names it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Address

JAR = Path(os.environ.get("SABOT_PGJDBC", "/usr/share/java/postgresql.jar"))
EXPECTED = """\
table totals MATERIALIZED VIEW null
table move TABLE null
table part TABLE what can be stored
table heavy VIEW null
column part_id int4 10 NO
column name varchar 40 NO
column weight numeric 8 YES
column labels _text 2147483647 YES
column spec jsonb 2147483647 YES
column made_on date 13 YES
column seen_at timestamptz 35 YES
column good bool 1 YES
key part_id 1 move_pkey
key move_id 2 move_pkey
index move_pkey part_id A
index move_pkey move_id A
index move_time moved_at D
index move_time part_id A
imported parent id parent 0 child_parent parent_pkey
exported child parent 3
crossed child 1
partial child_a f lower((a)::text) (a > 3)
own column id 4 serial YES nextval('jdbc.parent_id_seq'::regclass)
own column mood 12 "jdbc"."mood" NO null
function twice 1
argument returnValue 4 int4
argument x 1 int4
argument y 1 text
privilege DELETE YES
privilege INSERT YES
privilege REFERENCES YES
privilege SELECT YES
privilege TRIGGER YES
privilege TRUNCATE YES
privilege UPDATE YES
row id int4
schema jdbc
types [_int4, bool, bytea, int4, jsonb, numeric, serial, text, timestamptz, uuid]
column of part nullable 0
changed girder
"""


@pytest.mark.skipif(shutil.which("java") is None, reason="no java")
@pytest.mark.skipif(not JAR.exists(), reason=f"no pgjdbc at {JAR} (libpostgresql-jdbc-java, or SABOT_PGJDBC)")
def test_metadata_and_updatable_results(address: Address) -> None:
    url = f"jdbc:postgresql://{address.host}:{address.port}/{address.database}?user={address.user}"
    program = Path(__file__).with_name("Metadata.java")
    made = subprocess.run(
        ["java", "-cp", str(JAR), str(program), url], capture_output=True, text=True, timeout=120, check=False
    )
    assert (made.stderr, made.stdout) == ("", EXPECTED)
