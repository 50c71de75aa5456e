"""A client's settings: read from arguments and environment, checked before anything is sent."""

import ipaddress
import os
import re
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from pyttributionio._core.clock import Clock
from pyttributionio._core.drift import DriftReporter
from pyttributionio._core.secret import Secret
from pyttributionio._core.types import RetryPosts, Timeouts
from pyttributionio._core.validation import checked_choice, checked_seconds

BASE_URL: Final = "https://attribution.io/api/v1"
"""The private API. The version in the path changes with breaking changes (wire contract)."""
TRACKING_URL: Final = "https://api.attribution.io"
"""The public API (wire contract)."""

_KEY_CHARACTERS = re.compile(r"[!-~]+")
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/\[\]-]+")  # RFC 3986, section 2, but for "?" and "#"
_PATH_WITH_AT = re.compile(r"(?i)https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]*)?/")  # an @ after host and port
_KEY_REFUSED = frozenset('/?#%\\"<>')


class Server(NamedTuple):
    """A checked base URL in two parts: `origin` has no path, and `path` has no trailing slash."""

    origin: str
    path: str

    def __str__(self) -> str:
        return self.origin + self.path


class Settings(NamedTuple):
    """The settings of a client that its calls use.

    Attributes:
        api_key: The public key; empty if the client was made without one. `credentials.key_of` returns the key to use.
        disabled: What disabled the client: its argument, or the environment. Empty if it is not disabled.
    """

    api_key: str
    api_secret: Secret | None
    base: Server
    tracking: Server
    timeouts: Timeouts
    max_retries: int
    deadline: float
    strict: bool
    on_drift: DriftReporter | None
    max_response_bytes: int
    max_response_items: int
    clock: Clock
    retry_posts: RetryPosts = "always"
    extra_query: tuple[tuple[str, str], ...] = ()
    extra_headers: tuple[tuple[str, str], ...] = ()
    disabled: Literal["", "argument", "environment"] = ""

    def redact(self, text: str) -> str:
        """Return a text from outside with the secret masked."""
        return text if self.api_secret is None else self.api_secret.redact(text)


def environment(name: str) -> str | None:
    """Return the value of a PYTTRIBUTIONIO_ variable, or None if it is unset or empty."""
    return os.environ.get(f"PYTTRIBUTIONIO_{name}") or None


def checked_key(given: object) -> str:
    """Return the public key, from the argument or the environment."""
    key, name = (environment("API_KEY"), "PYTTRIBUTIONIO_API_KEY") if given is None else (given, "api_key")
    if key is None:
        raise ValueError("No public key: pass api_key=..., or set the environment variable PYTTRIBUTIONIO_API_KEY.")
    if not isinstance(key, str):
        raise TypeError(f"api_key is the account's public key as a str, not {type(key).__name__}")
    if not key:
        raise ValueError("api_key is empty: pass the account's public key")
    if not _KEY_CHARACTERS.fullmatch(key) or _KEY_REFUSED & set(key) or key in {".", ".."}:
        raise ValueError(
            f"{name} {key!r} is not a public key: it is one segment of a URL's path, so it has no white space, "
            "slashes or similar characters. Copy it again from the vendor's settings page."
        )
    return key


def checked_key_if_any(given: object) -> str:
    """Return the public key, or an empty text if there is none. Then the first call that needs one raises."""
    return "" if given is None and environment("API_KEY") is None else checked_key(given)


def checked_secret(given: object) -> Secret | None:
    """Return the secret, from the argument or the environment, or None. No error message shows it."""
    name = "api_secret"
    if given is None:
        given, name = environment("API_SECRET"), "PYTTRIBUTIONIO_API_SECRET"
    problem: Exception
    if given is None:
        return None
    if not isinstance(given, str):
        problem = TypeError(f"api_secret is the account's secret as a str, not {type(given).__name__}")
    elif not given:
        problem = ValueError("api_secret is empty: pass the account's secret, or leave it out to track only")
    elif not _KEY_CHARACTERS.fullmatch(given):
        problem = ValueError(
            f"{name} has white space, control or non-ASCII characters in it (its value is not shown "
            "here). Copy it again from the vendor's settings page."
        )
    else:
        return Secret(given)
    del given  # a traceback with locals would show it
    raise problem


def checked_flag(name: str, value: object) -> bool:
    """Return a bool. Raise for other types: the texts "no" and "false" would count as true."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is a bool, not {type(value).__name__}")
    return value


def checked_retry_posts(value: RetryPosts) -> RetryPosts:
    """Return the choice of posts that are sent again, if there is such a choice."""
    checked_choice("retry_posts", value, RetryPosts)
    return value


def checked_server(name: str, given: object, default: str, *, allow_insecure_http: object) -> Server:
    """Return the parts of the base URL `name`: from the argument, the environment, or the vendor's URL."""
    insecure = checked_flag("allow_insecure_http", allow_insecure_http)
    url = given
    if url is None:
        found = environment(name.upper())
        url, name = (default, name) if found is None else (found, f"PYTTRIBUTIONIO_{name.upper()}")
    if not isinstance(url, str):
        raise TypeError(f"{name} is a URL as a str, not {type(url).__name__}")
    if "@" in url and not _PATH_WITH_AT.match(url):  # checked first: other messages would show a part of it
        raise ValueError(f"{name} must not carry a user name or password (its value is not shown here)")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it checks it)
    except ValueError as error:
        raise ValueError(f"{name} is not a URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{name} {url!r} is not an absolute https:// URL")
    if not _URL_CHARACTERS.fullmatch(url):
        raise ValueError(f"{name} {url!r} must be plain ASCII, without query, fragment or white space")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError(
            f"{name} {url!r} has a dot segment in it: HTTP libraries would shorten it, and errors would not"
        )
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        raise ValueError(
            f"{name} {url!r} would send its data unencrypted. Use https://, or pass "
            "allow_insecure_http=True if the network in between is private."
        )
    return Server(origin=f"{parts.scheme}://{parts.netloc}", path=parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or its address. No name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_timeouts(timeout: Timeouts | float) -> Timeouts:
    """Return the timeouts of one attempt, from one number for connecting, reading and writing, or from four parts.

    A single number does not bound the wait for a connection. With many calls at once, a long wait is no failure: it
    lasts as long as the other calls. The deadline bounds it.
    """
    if not isinstance(timeout, Timeouts):
        seconds = checked_seconds("timeout", timeout)
        return Timeouts(seconds, seconds, seconds, None)
    return Timeouts(*(None if part is None else checked_seconds("timeout", part) for part in timeout))
