"""Event keys that are not among those that the sandbox was given: accepted, and marked."""

from collections.abc import Iterator

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, new_client

KEYS = {"ev_signup", "42"}


@pytest.fixture
def caller() -> Iterator[Caller]:
    """A caller of a sandbox that knows some keys."""
    with Sandbox(event_keys=KEYS) as sandbox, new_client() as http:
        yield Caller(sandbox, http)


def marks(sandbox: Sandbox) -> list[str | None]:
    """Return the unknown keys of the requests."""
    return [request.unknown_event_key for request in sandbox.requests]


def test_event_with_another_key_is_accepted_and_marked(caller: Caller) -> None:
    """So that a misspelled key is seen in development. A key can be a number."""
    assert caller.post_event(event_public_key="ev_sginup").status_code == 200
    caller.post_event(event_public_key="ev_signup", transaction_id="t-2")
    caller.post_event(event_public_key=42, transaction_id="t-3")
    caller.post_event(event_public_key="EV_SIGNUP", transaction_id="t-4")
    caller.post_identity()
    assert marks(caller.sandbox) == ["ev_sginup", None, None, "EV_SIGNUP", None]
    events = caller.customer("customer-42", "show_events")["events"]
    assert [event["event_public_key"] for event in events] == ["ev_sginup", "ev_signup", "42", "EV_SIGNUP"]


def test_event_that_is_refused_is_not_marked(caller: Caller) -> None:
    """Its status says that it is wrong."""
    caller.post_event(event_public_key="ev_sginup", url=None)
    caller.sandbox.faults.next(1, status=503)
    caller.post_event(event_public_key="ev_sginup")
    assert [(request.status, request.unknown_event_key) for request in caller.sandbox.requests] == [
        (422, None),
        (503, None),
    ]


@pytest.mark.parametrize(("keys", "marked"), [(None, None), ((), "ev_signup"), (["ev_signup"], None)])
def test_no_keys_are_unlike_none(keys: list[str] | None, marked: str | None) -> None:
    """Without the argument nothing is marked; an empty collection has no key."""
    with Sandbox(event_keys=keys) as sandbox, new_client() as http:
        Caller(sandbox, http).post_event()
        assert marks(sandbox) == [marked]


def test_one_text_is_a_value_error() -> None:
    """Its letters would be the keys."""
    with pytest.raises(ValueError, match=r"event_keys must be several keys, such as \{'ev_signup'\}, not one text"):
        Sandbox(event_keys="ev_signup")


def test_page_marks_the_request(caller: Caller) -> None:
    """In the list and in the request; a secret in the key is hidden."""
    caller.sandbox.add_account("K2", "hush-hush")
    for number, key in enumerate(("ev_signup", "ev_sginup", "hush-hush")):
        caller.post_event(event_public_key=key, transaction_id=str(number))
    api = caller.sandbox.tracking_url + "/_sandbox/api/requests"
    listed = caller.http.get(api).json()["requests"]
    assert [request["unknown_event_key"] for request in listed] == [None, "ev_sginup", "REDACTED"]
    assert caller.http.get(f"{api}/2").json()["unknown_event_key"] == "ev_sginup"
