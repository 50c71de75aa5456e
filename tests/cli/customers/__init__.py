"""`pyttributionio customers`."""
