"""What `scripts/bench` is made of: a loopback server, one process a client, rounds in turns, tables of ratios."""
