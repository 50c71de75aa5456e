"""The functions with which operators inspect and change the directory of an outbox."""
