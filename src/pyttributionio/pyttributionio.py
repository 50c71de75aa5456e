"""The module that 0.5 had its class in, for programs that import it from here."""

from pyttributionio.legacy import PyttributionIo

__all__ = ["PyttributionIo"]
