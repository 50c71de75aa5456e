"""Tests of the example shop, over real HTTP, mounted at the same path as by the command line."""
