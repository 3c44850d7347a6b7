"""The stepped engine and what it runs: relations, jobs, sources, sinks, their creation, checkpoints and recovery."""
