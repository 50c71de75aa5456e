"""The keyword arguments of a tracker and of its calls, for functions that pass them on."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Generic, TypedDict

from pyttributionio._core.types import JSONValue
from pyttributionio.web._visit import Consent, Request_contra


class EventOptions(TypedDict, total=False):
    """The keyword arguments of `outbox.event`. A tracker fills `visitor_id`, `url` and `user_agent` from the visit.

    A function that passes them on has the annotation `**options: Unpack[EventOptions]`.
    """

    visitor_id: str | int
    client_id: str | int | None
    url: str | None
    user_agent: str | None
    transaction_id: str | int | None
    created_at: datetime | None
    is_informational: bool
    meta: Mapping[str, JSONValue] | None
    identify: bool


class IdentityOptions(TypedDict, total=False):
    """The keyword arguments of `outbox.identity`. A tracker fills `visitor_id` and `user_agent` from the visit."""

    visitor_id: str | int
    user_agent: str | None
    created_at: datetime | None
    meta: Mapping[str, JSONValue] | None


class TrackerOptions(TypedDict, Generic[Request_contra], total=False):
    """The keyword arguments of `Tracker`, for functions that make one."""

    consent: Consent[Request_contra] | None
    consent_category: str | None
    honour_gpc: bool
    honour_dnt: bool
    skip_bots: Callable[[str], bool] | None
    keep_query: Collection[str]
    site_url: str | None
    allowed_hosts: Collection[str]
    debug: bool | None
