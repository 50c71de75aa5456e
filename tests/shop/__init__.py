"""The example shop, over real HTTP, mounted where the command line mounts it."""
