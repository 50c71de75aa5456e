"""Tests of `sandbox/attribution/`: they import that folder, `sandbox/values/` and the public names."""
