"""sqllogictest: the runner and our suites. `python -m sqllogictest --help`."""
