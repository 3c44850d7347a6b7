"""Demonstrations on live data: `sabot demo nexmark` and `sabot demo fraud`."""
