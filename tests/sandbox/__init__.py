"""Tests of the sandbox, over real HTTP and with httpx alone: no client of ours takes part."""
