"""The typed Python SDK for Attribution.io.

`Client` and `AsyncClient` read customers' journeys and post identities and events. Every answer is
validated into the models below. `PyttributionIo` is the compatibility API of version 0.5.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyttributionio._client import *
    from pyttributionio._core.cookies import *
    from pyttributionio._core.drift import *
    from pyttributionio._core.drift_report import *
    from pyttributionio._core.responses import *
    from pyttributionio._core.types import *
    from pyttributionio._errors import *
    from pyttributionio._http.callers import *
    from pyttributionio._shared.headers import *
    from pyttributionio._shared.version import *
    from pyttributionio.legacy import *
    from pyttributionio.models import *
else:  # a type checker that saw this would accept every misspelt name
    # Importing the models and the HTTP library takes a hundred times as long as the rest, and many programs import
    # this package and make no call, such as `--help` or the collection of tests. So each name is imported when it is
    # first used.
    from importlib import import_module

    _MODULES = (  # the cheapest first: an exception class must not import pydantic
        *("_errors", "_shared.headers", "_shared.version", "_core.types", "_core.cookies", "_core.drift"),
        *("models", "_core.responses", "_http.callers", "_client", "_core.drift_report", "legacy"),
    )

    def __getattr__(name: str) -> object:
        if name == "__all__":
            return sorted(exported for module in map(_imported, _MODULES) for exported in module.__all__)
        if name in _MODULES:
            return _imported(name)
        # Tools look up names such as __wrapped__ in every module. That must import nothing.
        if not name.startswith("__") or name == "__version__":
            for module in map(_imported, _MODULES):
                if name in module.__all__:
                    found = globals()[name] = getattr(module, name)  # several threads may do this at once
                    return found
        from pyttributionio._shared.habits import hint_for

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint_for('package', name)}")

    def _imported(module: str) -> object:
        try:
            return import_module(f"{__name__}.{module}")
        except AttributeError as error:  # Python would say no more than that this package has no such name
            raise ImportError(f"{__name__}.{module} can't be imported: {type(error).__name__}: {error}") from error

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
