"""Hints at settings that look wrong, for the error of a refused request. They show neither the key nor the secret."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from pyttributionio._core.credentials import key_of
from pyttributionio._core.redaction import redactor
from pyttributionio._core.settings import Settings, environment
from pyttributionio._core.types import APIRequest
from pyttributionio._shared.text import MASK

_PRIVATE_PATH: Final = re.compile(r".*(/api/v[0-9]+)", re.IGNORECASE)
_WRONG_PATH: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 410})
"""The statuses that a server may answer to a post to a wrong path."""


class Hint(NamedTuple):
    """A hint, and a function that masks what the error must not show."""

    text: str
    redact: Callable[[str], str]


def hint(settings: Settings, request: APIRequest, status: int) -> Hint | None:
    """Return a hint at the setting that is probably wrong, or None."""
    if request.private:
        text = _swapped(settings) if status == 401 else ""
        return Hint(text, _key_redactor(key_of(settings))) if text else None
    path = _PRIVATE_PATH.fullmatch(settings.tracking.path)
    if path is None or status not in _WRONG_PATH:
        return None
    return Hint(
        f"check tracking_url, which ends in {path[1]}: that is the path of base_url, and the public API has none", str
    )


def _swapped(settings: Settings) -> str:
    """Return the hint that key and secret are swapped, or an empty text."""
    key, secret = settings.api_key, settings.api_secret
    if secret is None:  # a recorder answered a read that needed none
        return ""
    # The values are compared inline: a traceback with locals would show a variable.
    if key == secret.reveal():
        return "api_key and api_secret have the same value; one of them is wrong"
    if key == (environment("API_SECRET") or "").strip():
        problem = "api_key has the value of the variable PYTTRIBUTIONIO_API_SECRET"
    elif secret.reveal() == (environment("API_KEY") or "").strip():
        problem = "api_secret has the value of the variable PYTTRIBUTIONIO_API_KEY"
    else:
        return ""
    return f"{problem}: the public key and the secret are probably swapped, so neither is shown here"


def _key_redactor(key: str) -> Callable[[str], str]:
    """Return a function that masks a secret in the place of the public key."""
    redact = redactor(key)

    def hide(text: str) -> str:
        return redact(text.replace(f"/{key}/", f"/{MASK}/"))

    return hide
