"""The management commands: `attributionio_outbox`."""
