"""Sabot: a streaming SQL database server."""
