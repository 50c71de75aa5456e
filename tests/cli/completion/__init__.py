"""`pyttributionio completion`."""
