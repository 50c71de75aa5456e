"""`pyttributionio track`."""
