"""Requests as they arrive, byte for byte, and what it takes to see them."""
