"""What every layer uses; imports nothing of this package."""
