"""The visitor id among a web request's cookies."""

from collections.abc import Mapping

__all__ = ["visitor_id_from_cookies"]

PREFIX = "AttrioP_"


def visitor_id_from_cookies(cookies: Mapping[str, str], *, api_key: str | None = None) -> str | None:
    """Find the visitor id that the vendor's snippet left among a web request's cookies.

    The snippet's cookie is named `AttrioP_` and a suffix that is the public key in one version and
    something else in another, so the prefix decides (observed; see docs/what-is-known.md).

    Args:
        cookies: The request's cookies by name, as web frameworks give them.
        api_key: The account's public key; where several cookies are there, its very own is preferred.

    Returns:
        The visitor id, or None where the snippet has left no cookie.
    """
    own = cookies.get(f"{PREFIX}{api_key}") if api_key else None
    if own:
        return own
    return next((value for name, value in cookies.items() if name.startswith(PREFIX) and value), None)
