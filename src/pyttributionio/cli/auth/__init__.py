"""The commands `pyttributionio auth ...`."""
