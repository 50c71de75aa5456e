"""A client in real processes: forks, spawned workers, event loops, threads, and the end of each."""
