"""The parts that both clients share."""

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import Generic, Self, TypeVar

from pyttributionio._core.settings import Settings, checked_secret, environment
from pyttributionio._http.driver import AsyncDriver, Driver
from pyttributionio._shared.habits import AnswersHabits

D = TypeVar("D", Driver, AsyncDriver)


def _is_of_the_sdk(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "pyttributionio"


class AnyClient(AnswersHabits, ABC, Generic[D]):
    """The parts that both clients share: copies and pickles."""

    _settings: Settings
    _driver: D

    @abstractmethod
    def _bind(self, settings: Settings, driver: D) -> None:
        """Set the settings and the driver, and make the resources."""

    @abstractmethod
    def _new_driver(self, settings: Settings, original: D | None) -> D:
        """Return a driver with connections of its own, and the `http_client` of another driver."""

    def _with(self, settings: Settings, driver: D) -> Self:
        other = type(self).__new__(type(self))
        vars(other).update(self._subclass_state())
        other._bind(settings, driver)
        return other

    def _subclass_state(self) -> dict[str, object]:
        """Return the attributes that a subclass has added: those that no class of the SDK declares."""
        own = {name for kind in type(self).__mro__ if _is_of_the_sdk(kind) for name in kind.__annotations__}
        return {name: value for name, value in vars(self).items() if name not in own}

    def __repr__(self) -> str:
        # A constructor that raised leaves an object without settings, and a traceback with locals shows it.
        settings: Settings | None = getattr(self, "_settings", None)
        if settings is None:
            return f"{type(self).__name__}()"
        secret = "" if settings.api_secret is None else f", api_secret={settings.api_secret!r}"
        return f"{type(self).__name__}(api_key={settings.api_key or None!r}{secret}, base_url={str(settings.base)!r})"

    def __getstate__(self) -> tuple[Settings, dict[str, object]]:
        if self._driver.http_client is not None:
            raise TypeError(
                "A client with an http_client of your own can't be pickled, because the http_client can't. "
                "Make both again where they are needed."
            )
        return self._settings, self._subclass_state()

    def __setstate__(self, state: tuple[Settings, dict[str, object]]) -> None:
        settings, subclass_state = state
        # A pickle leaves the secret behind. The environment has it, unless it names another account's key.
        lost = settings.api_secret is not None and settings.api_secret.lost
        if lost and environment("API_KEY") in {None, settings.api_key or environment("API_KEY")}:
            settings = settings._replace(api_secret=checked_secret(None) or settings.api_secret)
        vars(self).update(subclass_state)
        self._bind(settings, self._new_driver(settings, None))

    def __copy__(self) -> Self:
        # Connections are not copied. A caller's own client can only be shared.
        return self._with(self._settings, self._new_driver(self._settings, self._driver))

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        other = memo[id(self)] = self.__copy__()
        vars(other).update(deepcopy(self._subclass_state(), memo))
        return other
