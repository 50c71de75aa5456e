"""Tests of `sandbox/faults/`: they import that folder, `sandbox/values/` and the public names."""
