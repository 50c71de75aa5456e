"""The JSON the sandbox answers with, joined from what is stored."""

import json
from collections.abc import Callable, Iterable, Mapping

from pyttributionio.sandbox.store.store import Store
from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.times import iso_time

COLLECTIONS = ("pageviews", "touchpoints", "events", "identities")


def customer_answer(
    store: Store,
    account: str,
    client_id: str,
    shown: Iterable[str],
) -> bytes | None:
    """Write `{"customer": {...}}` with the collections asked for, or None where there is no such customer."""
    customer = store.customer(account, client_id)
    if customer is None:
        return None
    members: JSONObject = {
        "id": customer.id,
        "client_id": client_id,
        "created_at": iso_time(customer.created_at),
        "updated_at": iso_time(customer.updated_at),
        "first_seen_at": iso_time(customer.first_seen_at),
        "last_seen_at": iso_time(customer.last_seen_at),
    }
    parts = [json.dumps(members, separators=(",", ":"))[:-1].encode()]
    for name in shown:
        parts += [f',"{name}":['.encode(), _LISTERS[name](store, account, client_id), b"]"]
    # Bytes, and all at once: they are megabytes, and each further copy takes its time.
    return b"".join([b'{"customer":', *parts, b"}}"])


_LISTERS: Mapping[str, Callable[[Store, str, str], bytes]] = {
    "pageviews": Store.pageviews,
    "touchpoints": Store.touchpoints,
    "events": Store.events,
    "identities": Store.identities,
}
