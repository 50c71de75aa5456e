"""The command `pyttributionio doctor`."""
