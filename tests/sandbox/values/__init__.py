"""Tests of `sandbox/values/`: they import that folder, `sandbox/values/` and the public names."""
