"""What one process holds: its engine, its shards, and what a fork changes."""
