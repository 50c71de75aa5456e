"""How a factory makes a model: defaults, then the keyword arguments, checked strictly."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pyttributionio._shared.text import shown
from pyttributionio.models import Customer, Event, Identity, Model, Pageview, Touchpoint
from pyttributionio.models._customers import CUSTOMER_TYPES
from pyttributionio.models._facts import INCLUDE_FLAGS, IncludeName
from pyttributionio.models._lenient import find_place, show_location

M = TypeVar("M", bound=Model)

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When the default journey starts: a touchpoint and its pageview, then an identity, then an event."""
_VISITOR: Final = "visitor-1"
_CLIENT: Final = "customer-1"
_META: Final = {"agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
_LANDING: Final = (
    "https://shop.example/?utm_source=newsletter&utm_medium=email&utm_campaign=spring&utm_term=socks&utm_content=header"
)

DEFAULTS: Final[Mapping[type[Model], Mapping[str, object]]] = {
    Touchpoint: {
        "id": "touchpoint-1",
        "channel": "email",
        "source": "newsletter",
        "medium": "email",
        "campaign": "spring",
        "term": "socks",
        "content": "header",
        "keyword": None,
        "referrer": "https://mail.example/",
        "landing_page": "https://shop.example/",
        "url": _LANDING,
        "cost": 0.25,
        "created_at": START,
    },
    Pageview: {
        "id": "pageview-1",
        "url": _LANDING,
        "referrer": "https://mail.example/",
        "title": "The sock shop",
        "created_at": START,
        "meta": _META,
        "aliases": [_VISITOR],
    },
    Identity: {
        "id": "identity-1",
        "client_id": _CLIENT,
        "aliases": [_VISITOR],
        "public_key": "PUBLIC_KEY",
        "created_at": START + timedelta(minutes=5),
        "meta": _META,
    },
    Event: {
        "id": "event-1",
        "name": "Purchase",
        "event_public_key": "ev_purchase",
        "client_id": _CLIENT,
        "aliases": [_VISITOR],
        "url": "https://shop.example/thanks",
        "transaction_id": "order-1",
        "is_informational": False,
        "public_key": "PUBLIC_KEY",
        "created_at": START + timedelta(minutes=10),
        "meta": _META,
        "revenue": 49.9,
        "attributed_to": "email",
    },
    Customer: {
        "id": "1",
        "client_id": _CLIENT,
        "created_at": START + timedelta(minutes=5),
        "updated_at": START + timedelta(minutes=10),
        "first_seen_at": START,
        "last_seen_at": START + timedelta(minutes=10),
        "revenue": 49.9,
    },
}
"""The value of each field that is not given."""


def model_of(kind: type[M], given: Mapping[str, object], defaults: Mapping[str, object] | None = None) -> M:
    """Return a model with these fields instead of their defaults.

    Raises:
        TypeError: The model has no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    factory = f"make_{'customer' if issubclass(kind, Customer) else kind.__name__.lower()}"
    allowed = {*kind.model_fields} | ({*INCLUDE_FLAGS} if issubclass(kind, Customer) else set[str]())
    for name, value in given.items():
        if name not in allowed:
            raise TypeError(_unknown(factory, name, sorted(allowed)))
        if isinstance(value, datetime) and value.utcoffset() is None:
            raise ValueError(
                f"{factory}: {name} is {value.isoformat()} without a time zone: "
                "give an aware time, such as datetime(2026, 3, 2, 9, tzinfo=UTC)"
            )
    try:
        # A lenient read would keep a wrong value as an odd one of the server, and the field would read as None.
        return kind.model_validate({**(DEFAULTS[kind] if defaults is None else defaults), **given}, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    raise _wrong_value(factory, kind, details)


def customer_of(given: Mapping[str, object]) -> Customer:
    """Return a customer of the class for the collections that are given.

    Raises:
        TypeError: The model has no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    names: list[IncludeName] = [name for name in INCLUDE_FLAGS if name in given]
    collections: dict[str, list[Model]] = {name: _parts(name, given[name]) for name in names}
    times = [
        at
        for parts in collections.values()
        for part in parts
        if isinstance(at := getattr(part, "created_at", None), datetime)
    ]
    seen = {"first_seen_at": min(times), "last_seen_at": max(times)} if times else {}
    kind = CUSTOMER_TYPES[frozenset(names)]
    return model_of(kind, {**given, **collections}, {**DEFAULTS[Customer], **seen})


def _parts(name: str, value: object) -> list[Model]:
    """Return the parts of a collection as a list."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise TypeError(f"make_customer: {name} is {shown(value)}: give a list, or leave it out")
    parts = [*cast("Sequence[object]", value)]
    made = f"make_{name.removesuffix('s')}" if name != "identities" else "make_identity"
    for index, part in enumerate(parts):
        if not isinstance(part, Model):
            raise TypeError(f"make_customer: {name}[{index}] is {shown(part)}: make it with {made}(...)")
    return cast("list[Model]", parts)


def _unknown(factory: str, name: str, allowed: Sequence[str]) -> str:
    close = get_close_matches(name, allowed, 1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; its fields are {', '.join(allowed)}"
    return f"{factory}() got an unexpected keyword argument {name!r}{hint}"


def _wrong_value(factory: str, kind: type[Model], details: Sequence[ErrorDetails]) -> TypeError | ValueError:
    """Return the error of the first wrong value. A union of types has several errors for one value."""
    place = find_place(kind, details[0]["loc"])[0]
    same = [detail for detail in details if find_place(kind, detail["loc"])[0] == place]
    wanted = dict.fromkeys(detail["msg"].removeprefix("Input should be ") for detail in same)
    text = (
        f"{factory}: {show_location(place).removeprefix('.')} is {shown(same[0]['input'])}: it takes "
        f"{' or '.join(wanted)}. {kind.__name__}.model_validate({{...}}) makes one with the odd values of a server"
    )
    is_type = all(detail["type"].endswith("_type") or detail["type"] == "id" for detail in same)
    return TypeError(text) if is_type else ValueError(text)
