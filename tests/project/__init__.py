"""Tests of the project as a whole: its structure, its public face, its docs, its schemas."""
