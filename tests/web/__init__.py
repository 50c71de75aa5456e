"""Tests of the web room and of the middlewares."""
