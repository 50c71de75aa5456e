"""Tests with real servers, each in processes of its own."""
