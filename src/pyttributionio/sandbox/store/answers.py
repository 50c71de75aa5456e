"""The JSON of a customer, joined from stored documents."""

import json
from collections.abc import Iterable

from pyttributionio.sandbox.store.store import Collection, Store
from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.times import iso_time


def customer_answer(store: Store, account: str, client_id: str, included: Iterable[Collection]) -> bytes | None:
    """Return `{"customer": {...}}` with some of the collections, or None if there is no such customer."""
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
    for name in included:
        parts += [f',"{name}":['.encode(), store.collection(name, account, client_id), b"]"]
    # Joined once and as bytes, because a large customer has megabytes and each further copy takes time.
    return b"".join([b'{"customer":', *parts, b"}}"])
