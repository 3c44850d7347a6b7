"""What a block of statements has written and changed of the catalog, whom it waits for, and its end."""
