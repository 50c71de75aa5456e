"""Tests of the compatibility API of 0.5."""
