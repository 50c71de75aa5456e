"""Tests of the outbox, one file a module, and of its life in real processes."""
