"""A check whether a tool has patched a method of httpx.

Sentry and Datadog patch `httpx.Client.send`, before or after this module is imported. So the method is compared with
httpx's source file, and not with the method at the time of the import.
"""

from types import CodeType, FunctionType
from typing import Final

import httpx

# The file of the clients, found by another method. No known tool patches both methods.
_FILE: Final = httpx.Client.build_request.__code__.co_filename


class Watch:
    """A check whether a method is the library's own.

    Attributes:
        function: The method that was examined last.
        code: Its code.
        is_patched: Whether it was not the library's own.
    """

    __slots__ = ("_name", "_owner", "code", "function", "is_patched")

    def __init__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name
        self.examine()

    def examine(self) -> bool:
        """Return whether the method is patched now. It stays the same while `function` and `code` are the same."""
        self.function: object = getattr(self._owner, self._name)
        self.code: CodeType | None = getattr(self.function, "__code__", None)
        self.is_patched = not self._is_original(self.function)
        return self.is_patched

    def _is_original(self, found: object) -> bool:
        if not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
            return False
        return found.__code__.co_filename == _FILE and found.__code__.co_name == self._name


SEND: Final = Watch(httpx.Client, "send")
ASYNC_SEND: Final = Watch(httpx.AsyncClient, "send")
