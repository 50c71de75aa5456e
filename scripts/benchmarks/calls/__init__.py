"""The suite `calls`: a loopback server, one process for each client, rounds in turns, tables of ratios."""
