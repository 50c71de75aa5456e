"""Calls of every method, for their snapshots and for the tests of what every method has to have."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

MOMENT = datetime(2018, 3, 2, 14, 13, 20, tzinfo=UTC)

PERSON: dict[str, Any] = {
    "visitor_id": "visitor-1",
    "user_agent": "Mozilla/5.0 (Zürich)",
    "created_at": MOMENT,
    "meta": {"plan": "pro", "seats": [1, 2.5, None, True, {}]},
}


def with_extras(client: Any) -> Any:
    """Return a client that adds a parameter and headers to each request."""
    return client.with_options(
        extra_query={"debug": True}, extra_headers={"X-Team": "growth", "user-agent": "Shop/1.0", "Accept": "*/*"}
    )


CALLS: dict[str, Callable[[Any], Any]] = {
    "read": lambda c: c.customers.get("customer-42"),
    "read_touchpoints": lambda c: c.customers.get("customer-42", include=["touchpoints"]),
    "read_touchpoints_and_events": lambda c: c.customers.get("customer-42", include=["events", "touchpoints"]),
    "read_all": lambda c: c.customers.get("customer-42", include="all"),
    "event_with_all": lambda c: c.tracking.event(
        "ev_signup",
        client_id="a/b?c#d@x.io",
        url="https://shop.example/welcome?a=1",
        transaction_id="order-1",
        is_informational=True,
        **PERSON,
    ),
    "event_with_least": lambda c: c.tracking.event("ev_signup", visitor_id="visitor-1"),
    "identity_with_all": lambda c: c.tracking.identity("a/b?c#d@x.io", **PERSON),
    "identity_with_least": lambda c: c.tracking.identity(visitor_id="visitor-1"),
    "endpoint_read": lambda c: c.get("customers/customer-42", cast_to=dict, params={"show_all": True, "q": "a b&c"}),
    "endpoint_post": lambda c: c.post("events", body={"event": {"revenue": 5}}, cast_to=None),
    "read_with_extras": lambda c: with_extras(c).customers.get("customer-42", include=["events"]),
    "identity_with_extras": lambda c: with_extras(c).tracking.identity("customer-42", **PERSON),
}
FILES = {name: [name, f"{name}.identity"] if name.startswith("event") else [name] for name in CALLS}


class _Recording:
    """Stands for a client, and returns the path of the method that is called."""

    def __init__(self, path: str = "") -> None:
        self._path = path

    def __getattr__(self, name: str) -> "_Recording":
        return _Recording(f"{self._path}.{name}" if self._path else name)

    def __call__(self, *arguments: object, **options: object) -> Any:
        return _Recording() if self._path == "with_options" else self._path


def examples(path: str) -> list[str]:
    """Return the names of the calls of a method, such as "customers.get"."""
    return [name for name, call in CALLS.items() if call(_Recording()) == path]
