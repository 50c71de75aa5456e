"""The visitor id among a web request's cookies."""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["visitor_id_from_cookies"]

PREFIX: Final = "AttrioP_"
LONGEST: Final = 512
"""The limit of characters in a visitor id. The browser sends the cookie, so it may contain any text."""
_UNUSABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""A control character (RFC 6265, section 4.1.1, allows none in a cookie), or half of a surrogate pair."""


def visitor_id_from_cookies(cookies: Mapping[str, str], *, api_key: str | None = None) -> str | None:
    """Return the visitor id that the vendor's snippet stored in a web request's cookies.

    The name of the snippet's cookie is `AttrioP_` and a suffix. The suffix is the public key in one version of the
    snippet, and something else in another. So only the prefix is checked (observed; see docs/what-is-known.md).

    A browser may send any value. A value that can't be a visitor id does not count: a blank one, one with control
    characters or half of a surrogate pair, and one of more than 512 characters.

    Args:
        cookies: The request's cookies by name, as web frameworks provide them.
        api_key: The account's public key. With it, the cookie with this key in its name is the only one that counts,
            if the browser sent it with a value. Without it, and if that cookie is absent, the first usable one counts.
            On a site with several accounts, that one may belong to another account.

    Returns:
        The visitor id, or None if there is none.
    """
    own = cookies.get(f"{PREFIX}{api_key}") if api_key else None
    if own:
        return own if _is_usable(own) else None
    return next((value for name, value in cookies.items() if name.startswith(PREFIX) and _is_usable(value)), None)


def _is_usable(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= LONGEST
        and not value.isspace()
        and value != ""
        and (_UNUSABLE.search(value) is None)
    )
