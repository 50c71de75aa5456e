"""Tests of `pyttributionio sandbox`."""
