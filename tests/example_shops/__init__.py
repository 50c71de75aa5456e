"""Tests of the shops in `docs/examples`."""
