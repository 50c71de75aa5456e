"""Tests of what a user puts in place of a client, and of the tools that give a client to a user's code."""
