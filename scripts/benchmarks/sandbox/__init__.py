"""The suite `sandbox`: how fast the local server accepts, answers, starts and seeds."""
