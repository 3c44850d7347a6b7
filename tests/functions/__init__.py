"""Every function, operator, cast and aggregate of PostgreSQL tried on both servers: `python -m tests.functions.compare`."""
