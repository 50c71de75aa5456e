"""The command `pyttributionio sandbox`."""
