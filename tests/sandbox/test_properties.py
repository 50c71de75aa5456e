"""No request is answered with a 5xx, and every id can be read back."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, event, identity, new_client

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
IDS = st.text(min_size=1, max_size=40) | st.integers(min_value=0).map(str)
PATHS = {"/events": "event", "/identities": "identity", "/_sandbox/pageviews": "pageviews"}
# No deadline, because a slow machine is not a failure.
few = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """One sandbox for all examples, so that it has the data of earlier ones."""
    with Sandbox() as sandbox, new_client() as http:
        yield Caller(sandbox, http)


@few
@given(path=st.sampled_from(sorted(PATHS)), body=st.binary() | st.text().map(str.encode))
def test_random_bytes_are_4xx(caller: Caller, path: str, body: bytes) -> None:
    """Random bytes are not a valid object."""
    assert 400 <= caller.post_bytes(path, body).status_code < 500


@few
@given(path=st.sampled_from(sorted(PATHS)), value=JSON)
def test_random_json_is_4xx(caller: Caller, path: str, value: Any) -> None:
    """As the whole body, and inside the right envelope."""
    assert 400 <= caller.post(path, value).status_code < 500
    answer = caller.post(path, {PATHS[path]: [value] if path.startswith("/_") else value})
    assert 400 <= answer.status_code < 500


@few
@given(
    name=st.sampled_from(sorted(event())),
    value=JSON,
    extra=st.dictionaries(st.text(), JSON, max_size=3),
)
@example(name="client_id", value="\x00", extra={"": ""})
@example(name="created_at", value=10**400, extra={"n": 10**400})
def test_event_with_one_random_member_is_accepted_or_4xx(
    caller: Caller, name: str, value: Any, extra: dict[str, Any]
) -> None:
    """And an accepted event can be read."""
    members = {**extra, **event(), name: value}
    answer = caller.post("/events", {"event": members})
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    caller.post_identity()
    assert caller.read("customer-42", "show_all").status_code == 200


@few
@given(url=st.text(min_size=1), referrer=st.none() | st.text(), title=st.none() | st.text())
@example(url="http://[::1?utm_source=x", referrer="http://]", title="")
@example(url="https://\u2100.example/?utm_source", referrer="//", title="\x00")
def test_pageview_with_random_addresses_can_be_read(
    caller: Caller, url: str, referrer: str | None, title: str | None
) -> None:
    """Visitors write addresses, and touchpoints are made of them."""
    members = {"visitor_id": "visitor-7", "url": url, "referrer": referrer, "title": title}
    assert caller.post("/_sandbox/pageviews", {"pageviews": [members]}).json() == {"added": 1}
    caller.post_identity(client_id="customer-7", aliases=["visitor-7"])
    pageviews = caller.customer("customer-7", "show_all")["pageviews"]
    newest = max(pageviews, key=lambda pageview: pageview["id"])
    assert (newest["url"], newest["referrer"], newest["title"]) == (url, referrer, title)


@few
@given(client_id=IDS, alias=IDS, transaction_id=IDS)
def test_ids_round_trip(caller: Caller, client_id: str, alias: str, transaction_id: str) -> None:
    """In paths, columns and documents, whatever characters they have."""
    posted = identity(client_id=client_id, aliases=[alias])
    assert caller.post("/identities", {"identity": posted}).status_code == 200
    caller.post_event(client_id=client_id, aliases=[alias], transaction_id=transaction_id)
    customer = caller.customer(client_id, "show_all")
    assert customer["client_id"] == client_id
    assert alias in [a for i in customer["identities"] for a in i["aliases"]]


@few
@given(raw=st.binary(max_size=40))
def test_random_path_is_no_5xx(caller: Caller, raw: bytes) -> None:
    """With random bytes, percent-encoded, as the client id."""
    encoded = "".join(f"%{byte:02x}" for byte in raw)
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/{encoded}?secret=SANDBOX_SECRET"
    assert caller.http.get(url).status_code < 500
