"""The benchmarks behind `scripts/bench`: a suite each for calls, the sandbox, the outbox and drift."""
