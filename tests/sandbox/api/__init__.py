"""Tests of `sandbox/api/`: they import that folder, `sandbox/values/` and the public names."""
