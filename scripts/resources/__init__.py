"""The resources of the client, each written once, blocking; scripts/generate-models makes the other classes of it."""

from typing import TypeVar

from pyttributionio._core.responses import RawResponse
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Flow

T = TypeVar("T")


class Resource:
    """The base of a source, for type checkers: nothing here runs."""

    _settings: Settings

    def _run(self, flow: Flow[RawResponse[T]]) -> T:
        """Run a flow, and read its answer into what the method returns."""
        raise TypeError(f"{flow} does not run here: scripts/generate-models reads this file.")
