"""The commands `pyttributionio track ...`."""
