"""JSON values of the sandbox: bodies read within bounds, posted objects checked, times."""
