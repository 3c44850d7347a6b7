"""Definitions in PostgreSQL's canonical form: expressions and queries back to text."""
