"""Tests of `pyttributionio outbox`."""
