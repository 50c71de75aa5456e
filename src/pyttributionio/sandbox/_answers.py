"""The JSON objects the sandbox answers with, made of what is stored."""

from collections.abc import Callable, Iterable, Mapping

from ._bodies import JSONObject
from ._store import Row, Store
from ._times import iso_time
from ._touchpoints import derive

COLLECTIONS = ("pageviews", "touchpoints", "events", "identities")


def customer_answer(
    store: Store,
    account: str,
    client_id: str,
    shown: Iterable[str],
) -> JSONObject | None:
    """Build a customer with the collections asked for, or None where there is no such customer."""
    customer = store.customer(account, client_id)
    if customer is None:
        return None
    answer: JSONObject = {
        "id": customer.id,
        "client_id": client_id,
        "created_at": iso_time(customer.created_at),
        "updated_at": iso_time(customer.updated_at),
        "first_seen_at": iso_time(customer.first_seen_at),
        "last_seen_at": iso_time(customer.last_seen_at),
    }
    for name in shown:
        answer[name] = [*_BUILDERS[name](store, account, client_id)]
    return answer


def event_answer(event: Row) -> JSONObject:
    """Build an event: as posted, with an id and a name.

    A name is set in the vendor's dashboard, which the sandbox has not, so the event's key stands
    in for it unless one was posted.
    """
    return {"name": event.document["event_public_key"], **row_answer(event)}


def row_answer(row: Row) -> JSONObject:
    """Build an identity or a pageview: as posted, with an id and its time as ISO 8601 text."""
    return {**row.document, "id": row.id, "created_at": iso_time(row.created_at)}


def _pageviews(store: Store, account: str, client_id: str) -> list[JSONObject]:
    return [row_answer(row) for row in store.pageviews(account, client_id)]


def _touchpoints(store: Store, account: str, client_id: str) -> list[JSONObject]:
    return derive(store.pageviews(account, client_id))


def _events(store: Store, account: str, client_id: str) -> list[JSONObject]:
    return [event_answer(row) for row in store.events(account, client_id)]


def _identities(store: Store, account: str, client_id: str) -> list[JSONObject]:
    return [row_answer(row) for row in store.identities(account, client_id)]


_BUILDERS: Mapping[str, Callable[[Store, str, str], list[JSONObject]]] = {
    "pageviews": _pageviews,
    "touchpoints": _touchpoints,
    "events": _events,
    "identities": _identities,
}
