"""The test kit: models for tests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyttributionio.testing.factories import *
else:

    def __getattr__(name: str) -> object:
        if not name.startswith("_"):  # tools look up names such as __wrapped__, which must import nothing
            import pyttributionio.testing.factories as factories

            if name in factories.__all__:
                return getattr(factories, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
