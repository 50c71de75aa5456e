"""Checks of what a caller adds to requests: a path, parameters and headers of an endpoint that the SDK does not know.

A path stays under its base URL. Nothing that is added contains the secret, or takes its place.
"""

import base64
import math
import re
from collections.abc import Mapping
from typing import Final, TypeAlias, cast
from urllib.parse import unquote

from pyttributionio._core.settings import Settings
from pyttributionio._core.validation import checked_text

Parameter: TypeAlias = str | int | float | bool
"""The value of a parameter in a query."""

_PATH: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})+")  # RFC 3986, section 3.3
_SEPARATORS: Final = re.compile(r"[/\\]")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE: Final = re.compile(r"[!-~]+(?:[ \t]+[!-~]+)*")
_OWN_HEADERS: Final = frozenset(
    [
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "accept-encoding",
        "connection",
        "keep-alive",
        "upgrade",
        "te",
        "trailer",
        "expect",
    ]
)
"""The headers that describe the body or the connection, which belong to the SDK."""


def checked_path(settings: Settings, path: object) -> str:
    """Return a relative path that stays under its base URL.

    Raises:
        ValueError: It is absolute, has a query, a character that is not percent-encoded, or a segment that leads
            upwards, or it contains the secret.
        TypeError: It is not a text.
    """
    text = checked_text("path", path)
    if carries_secret(settings, text):
        raise ValueError("path contains the account's secret (not shown here): leave it out, the SDK adds it")
    if not text or text.startswith("/") or "://" in text or "//" in text:
        raise ValueError(f'path is {text!r}: pass a path relative to the base URL, such as "customers/customer-42"')
    if "?" in text or "#" in text:
        raise ValueError(f"path is {text!r}: pass the parameters of the query as params, and no fragment")
    if not _PATH.fullmatch(text):
        raise ValueError(
            f"path {text!r} has a character that is not percent-encoded: encode each id with "
            "urllib.parse.quote(id, safe='')"
        )
    if {".", ".."} & set(_SEPARATORS.split(_decoded(text))):
        raise ValueError(f"path {text!r} has a segment . or .., which leads out of the base URL: leave it out")
    return text


def _decoded(text: str) -> str:
    """Return a text without percent-encoding, also if it was encoded several times. Some proxies decode it again."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def checked_parameters(settings: Settings, name: str, given: object) -> dict[str, str]:
    """Return the parameters of a query as text. `name` is the argument that an error names."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} is a dict of parameters, not {type(given).__name__}")
    found: dict[str, str] = {}
    for key, value in cast("Mapping[object, object]", given).items():
        parameter = checked_text(f"a parameter's name in {name}", key)
        text = _parameter_text(f"{name}[{parameter!r}]" if not carries_secret(settings, parameter) else name, value)
        if carries_secret(settings, parameter) or carries_secret(settings, text):
            raise ValueError(f"{name} contains the account's secret (not shown here): leave it out, the SDK adds it")
        # A server that reads names as PHP or Rack do takes "secret[]" and " secret" for the same parameter.
        if re.split(r"[\[.]", _decoded(parameter))[0].strip().strip("\0").lower() == "secret" or not parameter:
            raise ValueError(f"{name} has a parameter {parameter!r}: the name is empty, or belongs to the secret")
        found[parameter] = text
    return found


def _parameter_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return checked_text(name, str.__str__(value))
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float) and math.isfinite(value):
        return float.__repr__(value)
    if isinstance(value, float):
        raise ValueError(f"{name} is {value!r}: pass a finite number")
    raise TypeError(f"{name} is a str, an int, a float or a bool, not {type(value).__name__}")


def checked_headers(settings: Settings, given: object) -> tuple[tuple[str, str], ...]:
    """Return the further headers of each request."""
    if not isinstance(given, Mapping):
        raise TypeError(f"extra_headers is a dict of headers, not {type(given).__name__}")
    found: dict[str, tuple[str, str]] = {}
    for key, value in cast("Mapping[object, object]", given).items():
        name, text = checked_text("a header's name in extra_headers", key), checked_text("a header's value", value)
        if carries_secret(settings, name) or _header_carries_secret(settings, text):
            raise ValueError("extra_headers contains the account's secret (not shown here): leave it out")
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"extra_headers has {name!r}, which is not the name of a header")
        if name.lower() in _OWN_HEADERS or name.lower().startswith("proxy-"):
            raise ValueError(f"extra_headers has {name!r}, which the SDK sets: leave it out")
        if not _HEADER_VALUE.fullmatch(text):
            raise ValueError(
                f"extra_headers[{name!r}] is empty, begins or ends with white space, or has a character that is not "
                "printable ASCII (its value is not shown here)"
            )
        found[name.lower()] = (name, text)
    return tuple(found.values())


def carries_secret(settings: Settings, text: str) -> bool:
    """Return whether a text contains the secret, in any encoding of a URL, JSON or HTML."""
    secret = settings.api_secret
    if secret is None or secret.lost:
        return False
    # Not each parameter of this name: a visitor's page may have one.
    return text == secret.reveal() or secret.redact_own(text) != text


def _header_carries_secret(settings: Settings, text: str) -> bool:
    """Return whether a header contains the secret, also in base64, as `Authorization: Basic` has it."""
    for word in text.split():
        try:
            decoded = base64.b64decode(word + "==", altchars=b"-_").decode("utf-8")
        except ValueError:  # it is no base64, or no text
            continue
        if any(carries_secret(settings, part) for part in (decoded, *decoded.split(":"))):
            return True
    return any(carries_secret(settings, part) for part in (text, *text.split()))
