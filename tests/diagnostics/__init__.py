"""The checks of `pyttributionio doctor`, against servers and proxies on loopback."""
