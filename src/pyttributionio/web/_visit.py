"""The visit of a request, made of its parts by a pure function."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from typing_extensions import TypeVar

from pyttributionio._core.cookies import visitor_id_from_cookies
from pyttributionio.web._cookies import cookies_in
from pyttributionio.web._parts import RequestParts
from pyttributionio.web._urls import Origins, QueryFilter, joined

VisitReason: TypeAlias = Literal["gpc", "dnt", "bot", "consent", "no_cookie", "error"]
"""Why a visit is not tracked.

gpc: the browser sends `Sec-GPC: 1`. dnt: it sends `DNT: 1`, and the tracker respects that. bot: `skip_bots` says so.
consent: the visitor has not given consent, or the function for consent failed. no_cookie: there is no usable cookie of
the vendor's snippet. error: the request could not be read.
"""
SkipReason: TypeAlias = Literal["gpc", "dnt", "bot", "consent", "no_cookie", "error", "no_request", "invalid", "outbox"]
"""Why a call stored nothing: a `VisitReason`, or one of these.

no_request: there is no current visit. invalid: an argument is wrong. outbox: the outbox could not store the entry,
because it is full or closed, or its disk fails.
"""

LONGEST_ID: Final = 256
LONGEST_USER_AGENT: Final = 512
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_BROKEN: Final = "\ufffd"
"""The character in place of bytes that are no UTF-8."""

Request_contra = TypeVar("Request_contra", contravariant=True, default=object)
Consent: TypeAlias = Callable[[Request_contra], bool | Collection[str]]
"""Returns whether a request's visitor may be tracked, or the categories for which the visitor gave consent."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a visitor.

    Its repr does not show the visitor id, because that is the value of a cookie.

    Attributes:
        visitor_id: The value of the snippet's cookie; None if there is no usable one. It is here for a visit that is
            not allowed too: a withdrawal of consent needs it.
        url: The URL of the request, cut to campaign parameters; None if the site's address is not known.
        user_agent: The user agent, without control characters, up to 512 characters; None if there is none.
        why: Why the visit is not tracked; None if it is.
    """

    visitor_id: str | None = field(default=None, repr=False)
    url: str | None = None
    user_agent: str | None = None
    why: VisitReason | None = None

    @property
    def allowed(self) -> bool:
        """Whether the visit may be tracked."""
        return self.why is None


@dataclass(frozen=True, slots=True)
class Skipped:
    """The result of a call that stored nothing.

    Attributes:
        why: Why nothing was stored.
    """

    why: SkipReason


class VisitRules(NamedTuple):
    """How visits are made: the checked options of a tracker."""

    honour_gpc: bool
    honour_dnt: bool
    origins: Origins
    query: QueryFilter


def visit_of(
    parts: RequestParts,
    rules: VisitRules,
    *,
    api_key: str | None,
    is_bot: Callable[[str], bool],
    has_consent: Callable[[], bool],
    origin: str | None = None,
) -> Visit:
    """Return the visit of a request. This is pure, except for the two functions.

    Args:
        parts: The parts of the request.
        rules: How visits are made.
        api_key: The account's public key, which may be part of the cookie's name.
        is_bot: Returns whether a user agent is a bot's.
        has_consent: Returns whether the visitor gave consent. Called only if nothing else forbids to track.
        origin: The address that the framework has checked itself, if the rules name none; empty if it refused the host.
    """
    user_agent = _CONTROL.sub("", parts.user_agent)[:LONGEST_USER_AGENT].strip()
    visitor_id = _visitor_id(parts.cookies, api_key)
    base = origin if rules.origins.is_empty else rules.origins.origin(parts.scheme, parts.host)
    why: VisitReason | None = None
    if rules.honour_gpc and parts.gpc.strip() == "1":
        why = "gpc"
    elif rules.honour_dnt and parts.dnt.strip() == "1":
        why = "dnt"
    elif is_bot(user_agent):
        why = "bot"
    elif not has_consent():
        why = "consent"
    elif visitor_id is None:
        why = "no_cookie"
    url = joined(base, parts.path, rules.query.kept(parts.query)) if base else None
    return Visit(visitor_id, url, user_agent or None, why)


def _visitor_id(header: str, api_key: str | None) -> str | None:
    if "AttrioP_" not in header:
        return None
    found = visitor_id_from_cookies(cookies_in(header), api_key=api_key)
    return found if found is not None and len(found) <= LONGEST_ID and _BROKEN not in found else None
