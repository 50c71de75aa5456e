"""The commands `pyttributionio customers ...`."""
