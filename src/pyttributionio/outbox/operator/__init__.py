"""What operators do with an outbox's directory."""
