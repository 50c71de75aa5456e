"""The outbox's benchmark: a fault server, processes that fill outboxes and die, and what was lost."""
