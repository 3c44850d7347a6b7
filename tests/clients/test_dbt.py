"""dbt-postgres over one project: seed, run, test, snapshot, docs, build; every materialization, twice and with a full refresh."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from .conftest import Address
from .test_programs import program

FILES = {
    "dbt_project.yml": "name: p\nversion: '1.0.0'\nprofile: p\nmodel-paths: [models]\nseed-paths: [seeds]\nsnapshot-paths: [snapshots]\n",
    "seeds/colors.csv": "id,color,price,day\n1,red,1.5,2024-01-01\n2,blue,2.25,2024-02-29\n3,green,,\n",
    "models/m_view.sql": "{{ config(materialized='view') }} select id, color from {{ ref('colors') }}",
    "models/m_table.sql": "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}]) }} select * from {{ ref('m_view') }}",
    "models/m_live.sql": "{{ config(materialized='materialized_view') }} select count(*) as n, sum(price) as total from {{ ref('colors') }}",
    "models/m_merge.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }} select id, color, price from {{ ref('colors') }}",
    "models/m_delete.sql": "{{ config(materialized='incremental', unique_key='id') }} select id, color from {{ ref('colors') }}"
    "{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
    "models/m_append.sql": "{{ config(materialized='incremental', incremental_strategy='append') }} select id from {{ ref('colors') }}",
    "models/m_inner.sql": "{{ config(materialized='ephemeral') }} select id * 10 as tens from {{ ref('colors') }}",
    "models/m_outer.sql": "select sum(tens) as tens from {{ ref('m_inner') }}",
    "snapshots/s.sql": "{% snapshot s %}{{ config(target_schema='dbt_all', unique_key='id', strategy='check', check_cols=['color']) }}"
    "select * from {{ ref('colors') }}{% endsnapshot %}",
    "models/schema.yml": """version: 2
models:
  - name: m_table
    description: colours as a table
    columns:
      - {name: id, description: its number, data_tests: [unique, not_null, {relationships: {to: ref('colors'), field: id}}]}
      - {name: color, data_tests: [{accepted_values: {values: [red, blue, green, grey]}}]}
""",
}


def test_one_project(address: Address, tmp_path: Path) -> None:
    dbt = program("dbt")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "profiles.yml").write_text(
        f"""p:
  target: dev
  outputs:
    dev: {{type: postgres, host: {address.host}, port: {address.port}, user: {address.user}, password: x,
          dbname: {address.database}, schema: dbt_all, threads: 4}}
"""
    )

    def run(*command: str) -> None:
        made = subprocess.run(
            [dbt, *command, "--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)], capture_output=True, text=True, timeout=300,
            check=False, env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        )  # fmt: skip
        if "Traceback" in made.stderr and "ImportError" in made.stderr:
            pytest.skip(f"dbt does not start: {made.stderr[-200:]}")
        assert made.returncode == 0, made.stdout + made.stderr

    def rows(query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(address.conninfo) as connection:
            return connection.execute(query).fetchall()

    run("seed")
    run("run")
    run("snapshot")
    run("test")
    assert rows("SELECT n, total FROM dbt_all.m_live") == [(3, 3.75)]
    with psycopg.connect(address.conninfo) as connection:
        connection.execute("UPDATE dbt_all.colors SET color = 'grey' WHERE id = 2")
        connection.execute("INSERT INTO dbt_all.colors VALUES (4, 'red', 10, NULL)")
    assert rows("SELECT n, total FROM dbt_all.m_live") == [(4, 13.75)]
    run("run")
    run("snapshot")
    assert rows("SELECT id, color FROM dbt_all.m_merge ORDER BY id") == [(1, "red"), (2, "grey"), (3, "green"), (4, "red")]
    assert rows("SELECT id, color FROM dbt_all.m_delete ORDER BY id") == [(1, "red"), (2, "blue"), (3, "green"), (4, "red")]
    assert rows("SELECT count(*) FROM dbt_all.m_append") == [(7,)]
    assert rows("SELECT tens FROM dbt_all.m_outer") == [(100,)]
    assert rows("SELECT color, dbt_valid_to IS NULL FROM dbt_all.s WHERE id = 2 ORDER BY dbt_valid_from") == [("blue", False), ("grey", True)]
    run("docs", "generate")
    catalog = json.loads((tmp_path / "target" / "catalog.json").read_text())
    assert sorted(n["metadata"]["type"] for k, n in catalog["nodes"].items() if k.startswith("model.")) == [
        "BASE TABLE", "BASE TABLE", "BASE TABLE", "BASE TABLE", "MATERIALIZED VIEW", "VIEW", "VIEW",
    ]  # fmt: skip
    assert catalog["nodes"]["model.p.m_table"]["columns"]["id"]["type"] == "integer"
    run("build", "--full-refresh")
    assert rows("SELECT count(*) FROM dbt_all.m_append") == [(3,)]
