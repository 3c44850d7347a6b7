"""Executing planned DML: deltas of tables, constraints, foreign keys, sequences."""
