"""What the sandbox stores, in SQLite, and its example data."""
