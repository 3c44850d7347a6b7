"""Random typed queries against PostgreSQL: `python -m sqllogictest.fuzz --seed 1 --count 1000 [--views]`."""
