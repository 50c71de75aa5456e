"""The credentials of a call, and whether it is sent at all: a client may be disabled, or made without a key."""

from typing import Final, Literal, TypeAlias

from pyttributionio._core.settings import Settings, checked_key, environment
from pyttributionio._errors import ClientDisabledError
from pyttributionio._shared.text import shown

STAND_IN_KEY: Final = "PUBLIC_KEY"
"""The public key of a client that was made without one, while a recorder answers or while the client is disabled."""

is_recording = False
"""Whether a recorder of a test answers every request of this process. Then no key and no secret is needed."""

Disabled: TypeAlias = Literal["", "argument", "environment"]

_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})


def key_of(settings: Settings) -> str:
    """Return the public key of a client. One that was made without a key looks into the environment again.

    Raises:
        ValueError: There is none, and one is needed.
    """
    if settings.api_key:
        return settings.api_key
    if environment("API_KEY") is None and (is_recording or settings.disabled):
        return STAND_IN_KEY
    return checked_key(None)


def checked_disabled(given: object) -> Disabled:
    """Return whether a client is disabled, and by what: the argument, or PYTTRIBUTIONIO_DISABLED if it is left out."""
    if given is not None:
        if not isinstance(given, bool):
            raise TypeError(f"disabled is a bool or None, not {type(given).__name__}")
        return "argument" if given else ""
    value = environment("DISABLED")
    text = "" if value is None else value.strip().lower()
    if text in _ON:
        return "environment"
    if text and text not in _OFF:
        raise ValueError(f"PYTTRIBUTIONIO_DISABLED is {shown(value)}: set it to 1 or 0, or remove it")
    return ""


def is_disabled(settings: Settings) -> bool:
    """Return whether a client sends nothing. A recorder has precedence over the environment, not over the argument."""
    return settings.disabled == "argument" or (settings.disabled == "environment" and not is_recording)


def check_enabled(settings: Settings, method: str, url: str) -> None:
    """Raise if a call needs an answer, and its client is disabled."""
    if is_disabled(settings):
        cause = "disabled=True" if settings.disabled == "argument" else "PYTTRIBUTIONIO_DISABLED"
        raise ClientDisabledError(
            f"{method} {url} was not sent, because the client is disabled ({cause}), and the call needs an answer. "
            "A disabled client drops events and identities. In a test, use pyttributionio.testing.Recorder instead."
        )
