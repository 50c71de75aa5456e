"""The suite `outbox`: a fault server, processes that fill outboxes and are killed, and the check of what was lost."""
