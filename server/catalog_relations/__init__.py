"""pg_catalog and information_schema: PostgreSQL 15's system relations, computed from our catalog when read.

`columns.py` lists every relation with its columns; a family module gives the rows of those that can have any. The rest
are empty because Sabot has no such objects. `functions.py` holds the catalog functions, SQL over these relations.
"""
