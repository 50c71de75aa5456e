"""A customer's answer, read over HTTP."""

from datetime import UTC, datetime, timedelta

from .._posting import MOMENT, MOMENT_TEXT, Caller

START = datetime.fromtimestamp(MOMENT, UTC)


def test_customers_times_come_from_its_items(caller: Caller) -> None:
    """The record's times are those of its identities, the `seen` times those of all items."""
    caller.post_identity(created_at=MOMENT + 60)
    caller.post_identity(created_at=MOMENT, aliases=["visitor-2"])
    caller.sandbox.add_pageview("visitor-2", "/", created_at=START - timedelta(seconds=30))
    caller.post_event(client_id="other", created_at=MOMENT + 120)
    assert caller.customer() == {
        "id": 1,
        "client_id": "customer-42",
        "created_at": MOMENT_TEXT,
        "updated_at": "2018-03-02T14:14:20Z",
        "first_seen_at": "2018-03-02T14:12:50Z",
        "last_seen_at": "2018-03-02T14:15:20Z",
    }


def test_events_are_those_of_the_client_id_or_of_an_alias(caller: Caller) -> None:
    """Aliases of all identities count, each event counts once, and events of others do not count."""
    caller.post_identity(aliases=["visitor-1"])
    caller.post_identity(aliases=["visitor-2", "visitor-3"])
    caller.post_identity(client_id="other", aliases=["visitor-9"])
    caller.post_event(transaction_id="by both", aliases=["visitor-1", "visitor-2"])
    caller.post_event(transaction_id="by client id", aliases=["visitor-8"])
    caller.post_event(transaction_id="by alias", client_id="random", aliases=["visitor-3"])
    caller.post_event(transaction_id="foreign", client_id="other", aliases=["visitor-9"])
    events = caller.customer("customer-42", "show_events")["events"]
    assert [e["transaction_id"] for e in events] == ["by both", "by client id", "by alias"]


def test_pageviews_and_touchpoints_are_those_of_the_aliases(caller: Caller) -> None:
    """Also those from before the visitor was identified."""
    caller.sandbox.add_pageview("visitor-1", "/one", created_at=START)
    caller.sandbox.add_pageview("visitor-2", "/two", created_at=START)
    caller.sandbox.add_pageview("visitor-9", "/foreign", created_at=START)
    caller.post_identity(aliases=["visitor-2", "visitor-1"])
    customer = caller.customer("customer-42", "show_all")
    assert [p["url"] for p in customer["pageviews"]] == ["/one", "/two"]
    assert [t["url"] for t in customer["touchpoints"]] == ["/one", "/two"]


def test_collections_are_in_the_order_of_time(caller: Caller) -> None:
    """The oldest comes first; within one second, the order is that of arrival."""
    for number, second in enumerate([5, 0, 5, 3]):
        caller.post_event(transaction_id=number, created_at=MOMENT + second)
        caller.post_identity(aliases=["visitor-1", f"{number}"], created_at=MOMENT + second)
        moment = START + timedelta(seconds=second)
        caller.sandbox.add_pageview("visitor-1", f"/?utm_id={number}", created_at=moment)
    customer = caller.customer("customer-42", "show_all")
    expected = ["1", "3", "0", "2"]
    assert [e["transaction_id"] for e in customer["events"]] == expected
    assert [i["aliases"][1] for i in customer["identities"]] == expected
    assert [p["url"][-1] for p in customer["pageviews"]] == expected
    assert [t["url"][-1] for t in customer["touchpoints"]] == expected
