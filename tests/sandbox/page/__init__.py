"""Tests of `sandbox/page/`: they import that folder, `sandbox/values/` and the public names."""
