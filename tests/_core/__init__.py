"""Tests of the core: arguments, requests, retries, answers."""
