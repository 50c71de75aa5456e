"""The calls without I/O: arguments to requests, answers to models, and when to try again."""
