"""The parts of an outbox that belong to one process: its engine, its shards, and the handling of forks."""
