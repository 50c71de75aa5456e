"""Tests of `sandbox/store/`: they import that folder, `sandbox/values/` and the public names."""
