"""The server's own state: as relations, as metrics, as logs."""
