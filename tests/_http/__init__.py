"""Tests of the HTTP layer, most over real HTTP on loopback."""
