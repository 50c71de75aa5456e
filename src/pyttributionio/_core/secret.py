"""The account's secret, in a type that does not show it."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from pyttributionio._core.redaction import redactor
from pyttributionio._core.reply_redaction import ReplyRedactor, reply_redactor
from pyttributionio._core.types import Reply

T = TypeVar("T")


def hidden_from_tracebacks(value: T) -> Callable[[], T]:
    """Return a function that returns the value. A traceback with locals shows only the function."""
    return lambda: value


class Secret:
    """Hold a secret so that reprs, `vars`, tracebacks with locals and pickles don't show it.

    Functions hold the text, so a tool that prints this object's attributes prints functions. A pickle does not have
    the text; an unpickled object is `lost`.

    Attributes:
        lost: Whether the text is missing, because this object was unpickled.
        reveal: Returns the secret itself. Use the result inline, never in a variable.
        quoted: Returns the secret encoded for a URL's query. Use the result inline, too.
        redact: Returns a text with every encoding of the secret masked, and with each parameter `secret`.
        redact_own: Returns a text with every encoding of the secret masked; another secret's parameter stays.
        redact_reply: Returns a reply with the secret masked in its headers and its body.
    """

    __slots__ = ("__weakref__", "lost", "quoted", "redact", "redact_own", "redact_reply", "reveal")

    def __init__(self, text: str | None) -> None:
        self.lost: bool = text is None
        known = "" if text is None else text
        # The repr of these methods does not show the text. Functions of our own would add a frame to each call.
        self.reveal: Callable[[], str] = known.__str__
        self.quoted: Callable[[], str] = quote(known, safe="").__str__
        self.redact: Callable[[str], str] = redactor(known) if known else str
        self.redact_own: Callable[[str], str] = redactor(known, only_own=True) if known else str
        self.redact_reply: ReplyRedactor = reply_redactor(known) if known else _unchanged

    def __repr__(self) -> str:
        return f"Secret({'lost' if self.lost else '***'})"

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> tuple[type["Secret"], tuple[None]]:
        return Secret, (None,)


def _unchanged(reply: Reply, _: str) -> Reply:
    return reply
