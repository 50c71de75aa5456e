"""Tests of a client's life: its arguments, its errors, processes."""
