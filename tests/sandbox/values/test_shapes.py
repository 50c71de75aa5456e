"""The checks of posted objects."""

from typing import Any

import pytest

from pyttributionio.sandbox.values.shapes import (
    LAST_SECOND,
    ShapeError,
    member_object,
    read_event,
    read_identity,
    read_pageview,
    read_public_key,
)

from .._posting import event, identity

NO_ID: list[Any] = [None, "", True, 1.0, [], {}, ["x"]]
NO_TEXT: list[Any] = [1, True, [], {}]
NO_SECONDS: list[Any] = [None, -1, LAST_SECOND + 1, 10**40, 1.5, 1520000000.0, "1520000000", True]
NO_ALIASES: list[Any] = [None, "visitor-1", {}, [], [""], ["a", None], [["a"]], [True]]
NO_BOOL: list[Any] = [None, 0, 1, "false", []]
NO_META: list[Any] = [None, "Firefox", [], {}, {"agent": None}, {"agent": 1}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("client_id", value) for value in NO_ID],
        *[("transaction_id", value) for value in NO_ID],
        *[("event_public_key", value) for value in NO_ID],
        *[("aliases", value) for value in NO_ALIASES],
        *[("created_at", value) for value in NO_SECONDS],
        *[("meta", value) for value in NO_META],
        *[("url", value) for value in [None, *NO_TEXT]],
        *[("is_informational", value) for value in NO_BOOL],
    ],
)
def test_wrong_member_is_named(name: str, value: Any) -> None:
    """Each member of events is checked, and each member of identities."""
    with pytest.raises(ShapeError, match=rf"^{name}.*: expected "):
        read_event(event(**{name: value}))
    if name in identity():
        with pytest.raises(ShapeError, match=rf"^{name}.*: expected "):
            read_identity(identity(**{name: value}))


@pytest.mark.parametrize("seconds", [0, LAST_SECOND])
def test_first_and_last_second_are_accepted(seconds: int) -> None:
    """From 1970 to the end of the year 9999."""
    assert read_event(event(created_at=seconds)).created_at == seconds


def test_url_of_an_event_may_be_empty() -> None:
    """The contract requires text, which may be empty."""
    assert read_event(event(url="")).document["url"] == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("visitor_id", value) for value in NO_ID],
        *[("url", value) for value in [None, "", *NO_TEXT]],
        *[("referrer", value) for value in NO_TEXT],
        *[("title", value) for value in NO_TEXT],
        *[("user_agent", value) for value in NO_TEXT],
        *[("created_at", value) for value in NO_SECONDS[1:]],
    ],
)
def test_wrong_member_of_a_pageview_is_named(name: str, value: Any) -> None:
    """Optional members may be null or absent, but not of another type."""
    members: dict[str, Any] = {"visitor_id": "v", "url": "/"}
    with pytest.raises(ShapeError, match=f"^{name}: expected "):
        read_pageview(members | {name: value}, now=0)


def test_pageview_without_a_time_has_the_present_one() -> None:
    """Absent and null are the same."""
    members: dict[str, Any] = {"visitor_id": "v", "url": "/"}
    assert read_pageview(members, now=7).created_at == 7
    assert read_pageview(members | {"created_at": None}, now=7).created_at == 7


def test_public_key_is_text() -> None:
    """A number is not a key, because keys are compared as text."""
    assert read_public_key({"public_key": "k"}) == "k"
    wrong: list[Any] = [None, "", 1, ["k"]]
    for value in wrong:
        with pytest.raises(ShapeError, match=r"^public_key: expected "):
            read_public_key({"public_key": value})


def test_envelope_has_an_object() -> None:
    """Its other members do not matter."""
    assert member_object({"event": {"a": 1}, "other": 2}, "event") == {"a": 1}
