"""How the sandbox finds touchpoints and their channels."""
