"""The commands `pyttributionio outbox ...`."""
