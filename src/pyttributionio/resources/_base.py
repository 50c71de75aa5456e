"""The private parts of `client.customers` and `client.tracking`.

They are inherited because editors list a class's own names first. Private names there would stand between the user
and the methods.
"""

from pyttributionio._core.settings import Settings
from pyttributionio._http.driver import AsyncDriver, Driver
from pyttributionio._shared.habits import AnswersHabits


class Resource(AnswersHabits):
    """A group of calls, blocking."""

    def __init__(self, driver: Driver, settings: Settings) -> None:
        self._driver = driver
        self._settings = settings


class AsyncResource(AnswersHabits):
    """A group of calls, async."""

    def __init__(self, driver: AsyncDriver, settings: Settings) -> None:
        self._driver = driver
        self._settings = settings
