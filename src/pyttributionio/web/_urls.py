"""The URL of a visit: from a configured address or an allowed host, cut to campaign parameters."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from pyttributionio._core.validation import checked_filled_text
from pyttributionio._shared.text import shown

CAMPAIGN_PARAMETERS: Final = ("utm_*", "gclid", "fbclid", "msclkid", "ref")
"""The parameters of a query that a URL keeps. A name that ends with `*` stands for all names that begin so."""
LONGEST_URL: Final = 2048
_UNSAFE: Final = re.compile(r"[^!-~]")
"""A character that has no place in a URL: a control character, a space, or one that is not ASCII."""
_HOST: Final = re.compile(r"(?i)([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_HALF_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]?$")


class QueryFilter:
    """Cut a query to some parameters.

    Args:
        names: The names to keep. One that ends with `*` stands for all names that begin so.
    """

    def __init__(self, names: Collection[str]) -> None:
        if isinstance(names, str):
            raise TypeError(f"keep_query is a collection of names, such as ['utm_*', 'gclid'], not the text {names!r}")
        checked = [checked_filled_text("a name in keep_query", name) for name in names]
        self._names = frozenset(name for name in checked if not name.endswith("*"))
        self._prefixes = tuple(name[:-1] for name in checked if name.endswith("*"))

    def kept(self, query: str) -> list[str]:
        """Return the parameters to keep, as they are written in the query."""
        if not query:
            return []
        return [_UNSAFE.sub("", part) for part in query.split("&") if part and self._keeps(part)]

    def _keeps(self, part: str) -> bool:
        name = part.partition("=")[0]
        if "%" in name or "+" in name:
            name = unquote_plus(name, errors="replace")
        return name in self._names or name.startswith(self._prefixes)


class Origins:
    """The addresses that a site may have.

    Args:
        site_url: The address of the site.
        allowed_hosts: The hosts that a Host header may name.
    """

    def __init__(self, site_url: str | None, allowed_hosts: Collection[str]) -> None:
        if isinstance(allowed_hosts, str):
            raise TypeError(f"allowed_hosts is a collection of hosts, not the text {allowed_hosts!r}")
        self._site_url = None if site_url is None else _checked_site_url(site_url)
        hosts = [_checked_host(host) for host in allowed_hosts]
        self._hosts = frozenset(host for host in hosts if not host.startswith("."))
        self._suffixes = tuple(host for host in hosts if host.startswith("."))
        self.is_empty = self._site_url is None and not hosts

    def origin(self, scheme: str, host: str) -> str | None:
        """Return the address that a URL begins with; None if it is not known.

        Args:
            scheme: The request's scheme.
            host: The request's Host header.
        """
        if self._site_url is not None:
            return self._site_url
        if not (self._hosts or self._suffixes) or scheme not in {"http", "https"} or not _HOST.fullmatch(host):
            return None
        lower = host.lower()
        name = lower if lower.endswith("]") else re.sub(r":[0-9]+$", "", lower)
        if lower in self._hosts or name in self._hosts or name.endswith(self._suffixes):
            return f"{scheme}://{lower}"
        return None


def _checked_site_url(value: object) -> str:
    text = checked_filled_text("site_url", value)
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _UNSAFE.search(text)
        has_more = "@" in parts.netloc or "?" in text or "#" in text
        _ = parts.port
    except ValueError:
        is_address, has_more = False, False
    if not is_address or has_more:
        raise ValueError(
            f"site_url is {shown(value)}: it takes the address of your site, such as 'https://shop.example', "
            "without a user, a query and a fragment"
        )
    return text.rstrip("/")


def _checked_host(value: object) -> str:
    text = checked_filled_text("a host in allowed_hosts", value).lower()
    host = text.removeprefix("*") if text.startswith("*.") else text
    if not _HOST.fullmatch(host.removeprefix(".")):
        raise ValueError(
            f"allowed_hosts has {shown(value)}: it takes hosts such as 'shop.example' or '*.shop.example', because "
            "a visitor's program can send any Host header"
        )
    return host


def joined(origin: str, path: str, parameters: Collection[str]) -> str:
    """Return a URL of at most 2,048 characters.

    Whole parameters are left out at the end if it would be longer: half of one would be another campaign.

    Args:
        origin: The address that it begins with.
        path: The path, percent-encoded.
        parameters: The parameters of the query, as they are written.
    """
    url = f"{origin}{_UNSAFE.sub('', path)}"
    if len(url) > LONGEST_URL:
        return _HALF_ESCAPE.sub("", url[:LONGEST_URL])
    separator = "?"
    for parameter in parameters:
        if len(url) + 1 + len(parameter) > LONGEST_URL:
            break
        url, separator = f"{url}{separator}{parameter}", "&"
    return url
