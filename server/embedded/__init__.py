"""The engine inside a Python process: DB-API 2.0 with Arrow tables in and out."""
