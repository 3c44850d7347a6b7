"""From a SELECT's text to its rows: plans and their caches, keys, one-shot runs, rows that wait for their reader."""
