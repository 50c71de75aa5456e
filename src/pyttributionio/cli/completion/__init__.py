"""The command `pyttributionio completion`."""
