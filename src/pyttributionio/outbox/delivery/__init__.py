"""Delivery: which request is sent when, by which thread, and what its answer means."""
