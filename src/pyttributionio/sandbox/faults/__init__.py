"""Fault injection: what goes wrong, with which requests."""
