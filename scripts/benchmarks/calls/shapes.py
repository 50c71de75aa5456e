"""The same customer as plain pydantic models on any base class: for SDKs with pydantic models of their own."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, create_model

_OWN: dict[str, dict[str, Any]] = {
    "Pageview": {"id": int, "url": str, "referrer": str, "title": str, "created_at": datetime},
    "Touchpoint": {
        "id": int,
        **dict.fromkeys(("channel", "source", "medium", "campaign", "term", "content", "keyword"), str),
        **dict.fromkeys(("referrer", "landing_page", "url"), str),
        "cost": float,
        "created_at": datetime,
    },
    "Event": {
        "id": int,
        **dict.fromkeys(("name", "event_public_key", "client_id", "url", "transaction_id", "public_key"), str),
        "is_informational": bool,
        "created_at": datetime,
        "revenue": float,
        "attributed_to": str,
    },
    "Identity": {"id": int, "client_id": str, "public_key": str, "created_at": datetime},
    "Customer": {
        "id": int,
        "client_id": str,
        **dict.fromkeys(("created_at", "updated_at", "first_seen_at", "last_seen_at"), datetime),
        "revenue": float,
    },
}
"""The fields by model; each may be null or missing, as in the vendor's answers."""


Kinds = Mapping[object, object]
"""Types that replace other types; the key `ID` is for the type of ids."""
ID = "id"


def envelope(base: type[BaseModel], kinds: Kinds = MappingProxyType({})) -> type[BaseModel]:
    """Return the model of an answer with a customer; all models have this base class."""

    def made(title: str, fields: dict[str, Any]) -> type[BaseModel]:
        fields = {name: kinds.get(ID if name == "id" else kind, kind) for name, kind in fields.items()}
        return _made(base, title, fields)

    browser = {"aliases": list[str], "meta": made("Meta", {"agent": str})}
    collections: dict[str, Any] = {
        "pageviews": _listed(made("Pageview", {**_OWN["Pageview"], **browser})),
        "touchpoints": _listed(made("Touchpoint", _OWN["Touchpoint"])),
        "events": _listed(made("Event", {**_OWN["Event"], **browser})),
        "identities": _listed(made("Identity", {**_OWN["Identity"], **browser})),
    }
    # Not optional, as in our CustomerWithAll. It matters: openai and anthropic let pydantic validate an optional
    # list as a whole; otherwise they build the list in Python, item by item.
    customer = create_model("Customer", __base__=made("Person", _OWN["Customer"]), **collections)
    return create_model("Envelope", __base__=base, customer=(customer, ...))


def echo(base: type[BaseModel]) -> type[BaseModel]:
    """Return the model of an answer with an event; all models have this base class."""
    browser = {"aliases": list[str], "meta": _made(base, "Meta", {"agent": str})}
    return create_model("Echo", __base__=base, event=(_made(base, "Event", {**_OWN["Event"], **browser}), ...))


def _made(base: type[BaseModel], title: str, fields: dict[str, Any]) -> type[BaseModel]:
    optional: dict[str, Any] = {name: (kind | None, None) for name, kind in fields.items()}
    return create_model(title, __base__=base, **optional)


def _listed(kind: type[BaseModel]) -> tuple[object, object]:
    return list.__class_getitem__(kind), ...  # a type alone is not enough before pydantic 2.11
