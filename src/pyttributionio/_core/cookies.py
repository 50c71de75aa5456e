"""The visitor id among a web request's cookies."""

from collections.abc import Mapping

__all__ = ["visitor_id_from_cookies"]

PREFIX = "AttrioP_"


def visitor_id_from_cookies(cookies: Mapping[str, str], *, api_key: str | None = None) -> str | None:
    """Return the visitor id that the vendor's snippet stored in a web request's cookies.

    The name of the snippet's cookie is `AttrioP_` and a suffix. The suffix is the public key in one version of the
    snippet, and something else in another. So only the prefix is checked (observed; see docs/what-is-known.md).

    Args:
        cookies: The request's cookies by name, as web frameworks provide them.
        api_key: The account's public key. If there are several such cookies, the one with this key is preferred.

    Returns:
        The visitor id, or None if there is no such cookie.
    """
    own = cookies.get(f"{PREFIX}{api_key}") if api_key else None
    if own:
        return own
    return next((value for name, value in cookies.items() if name.startswith(PREFIX) and value), None)
