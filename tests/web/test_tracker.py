"""The calls of a tracker and of `track`: what they fill, skip, log and raise."""

import inspect
import logging
import pickle
import threading
from contextlib import suppress
from typing import Any, get_type_hints

import pytest

from outbox._helpers import Scripted, manual
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.testing import Recorder
from pyttributionio.web import (
    EventOptions,
    IdentityOptions,
    Skipped,
    Tracker,
    TrackerOptions,
    Visit,
    current_visit,
    track,
)

VISIT = Visit("visitor-7", "https://shop.example/socks", "Firefox/145.0")


class Shop:
    """A tracker on an outbox in memory."""

    def __init__(self, **options: Any) -> None:
        self.script = Scripted()
        self.outbox = manual(self.script)
        self.tracker: Tracker[Any] = Tracker(self.outbox, **options)

    def sent(self) -> list[dict[str, Any]]:
        """Send what waits; return the bodies that were sent."""
        self.outbox.pump()
        return [body.get("event") or body["identity"] for _, body in self.script.posted]


def keywords(function: Any) -> dict[str, Any]:
    """Return the keyword-only arguments of a function with their types."""
    names = [each.name for each in inspect.signature(function).parameters.values() if each.kind is each.KEYWORD_ONLY]
    hints = get_type_hints(function)
    return {name: hints[name] for name in names}


@pytest.mark.parametrize(
    ("options", "function"),
    [(EventOptions, Outbox.event), (IdentityOptions, Outbox.identity), (TrackerOptions, Tracker.__init__)],
)
def test_options_are_the_keyword_arguments(options: Any, function: Any) -> None:
    """With their types and in their order; each may be left out."""
    assert list(get_type_hints(options).items()) == list(keywords(function).items())
    assert options.__required_keys__ == frozenset()


def test_event_and_identity_fill_what_the_visit_knows() -> None:
    """Both requests of the event have the same visitor."""
    shop = Shop()
    with shop.tracker.use(VISIT):
        assert isinstance(track.event("ev_purchase", client_id="c1", transaction_id="1001"), Accepted)
        assert isinstance(track.identity("c1", meta={"plan": "gold"}), Accepted)
    event, first, second = shop.sent()
    assert (event["url"], event["transaction_id"]) == ("https://shop.example/socks", "1001")
    assert [each["aliases"] for each in (event, first, second)] == [["visitor-7"]] * 3
    assert [each["meta"]["agent"] for each in (event, first, second)] == ["Firefox/145.0"] * 3
    assert second["meta"]["plan"] == "gold"


def test_arguments_replace_what_the_visit_knows() -> None:
    """None means that it is unknown, as for the outbox."""
    shop = Shop()
    shop.tracker.event("ev", visit=VISIT, visitor_id=8, url=None, user_agent="app/1")
    event, _ = shop.sent()
    assert (event["aliases"], event["url"], event["meta"]["agent"]) == (["8"], "URL unknown", "app/1")


@pytest.mark.parametrize("why", ["gpc", "dnt", "bot", "consent", "no_cookie", "error"])
def test_visit_that_is_not_allowed_stores_nothing(why: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A DEBUG line says why."""
    caplog.set_level(logging.DEBUG)
    shop = Shop()
    with shop.tracker.use(Visit("visitor-7", why=why)):
        assert track.event("ev_purchase") == track.identity("c1") == Skipped(why)
    assert shop.outbox.stats().accepted == 0
    assert caplog.messages == [f"event 'ev_purchase' was not tracked: {why}", f"identity was not tracked: {why}"]
    assert {line.levelno for line in caplog.records} == {logging.DEBUG}


def test_given_visitor_id_replaces_a_missing_cookie_only() -> None:
    """Such as that of an app, which has no cookies. Consent still counts."""
    shop = Shop()
    assert isinstance(shop.tracker.event("ev", visit=Visit(why="no_cookie"), visitor_id="v"), Accepted)
    assert shop.tracker.event("ev", visit=Visit(why="consent"), visitor_id="v") == Skipped("consent")
    assert shop.tracker.event("ev", visit=Visit(why="no_cookie")) == Skipped("no_cookie")


def test_call_without_a_request_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    """The line says what to do."""
    shop = Shop()
    for calls in (track, shop.tracker):
        assert calls.event("ev_purchase") == calls.identity("c1") == Skipped("no_request")
    assert len(caplog.messages) == 4
    assert all("outbox.event(..., visitor_id=...)" in message for message in caplog.messages)
    assert current_visit() is None


@pytest.mark.parametrize("arguments", [{"created_at": 7}, {"cleint_id": "c1"}, {"visitor_id": ""}, {"meta": {1: 2}}])
def test_wrong_argument_is_logged_in_production(arguments: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """With the line of the program, and without the visitor id."""
    shop = Shop()
    with shop.tracker.use(VISIT):
        assert track.event("ev_purchase", **arguments) == Skipped("invalid")
    (line,) = caplog.records
    assert (line.name, line.levelno, line.pathname) == ("pyttributionio.web", logging.ERROR, __file__)
    assert line.getMessage().startswith("event 'ev_purchase' was not tracked: ")
    assert line.exc_info is None


def test_line_about_a_wrong_argument_has_no_visitor_id(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the outbox's error shows it."""
    shop = Shop()
    shop.outbox.event = lambda *_, visitor_id, **__: (_ for _ in ()).throw(ValueError(f"{visitor_id}\nis wrong"))  # type: ignore[method-assign]
    assert shop.tracker.event("ev", visit=VISIT) == Skipped("invalid")
    assert caplog.messages == ["event 'ev' was not tracked: ValueError: [visitor id]\\nis wrong"]


def test_wrong_argument_raises_under_debug() -> None:
    """An exception in development is seen."""
    shop = Shop(debug=True)
    with shop.tracker.use(VISIT):
        with pytest.raises(TypeError, match="created_at is an aware datetime"):
            track.event("ev_purchase", created_at=7)  # type: ignore[typeddict-item]
        with pytest.raises(TypeError, match="unexpected keyword argument 'cleint_id'"):
            track.event("ev_purchase", cleint_id="c1")  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="client_id is empty"):
            track.identity("")
    with pytest.raises(RuntimeError, match="There is no current visit"):
        shop.tracker.event("ev_purchase")


def test_wrong_argument_raises_in_a_test_with_a_recorder() -> None:
    """A mistake is seen before production. Right calls are recorded."""
    shop = Shop()
    with Recorder() as recorder:
        with pytest.raises(ValueError, match="event_key is empty"):
            shop.tracker.event("", visit=VISIT)
        for call in (track.event, shop.tracker.event, track.identity):
            with pytest.raises(RuntimeError, match="There is no current visit"):
                call("ev_purchase")
        shop.tracker.event("ev_purchase", visit=VISIT, identify=False)
        shop.outbox.pump()
        recorder.assert_event("ev_purchase", aliases=["visitor-7"], url="https://shop.example/socks")


def test_outbox_that_fails_is_logged_under_debug_too(caplog: pytest.LogCaptureFixture) -> None:
    """It is no mistake of the caller."""
    shop = Shop(debug=True)
    shop.outbox.close()
    assert shop.tracker.event("ev_purchase", visit=VISIT) == Skipped("outbox")
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert "OutboxError: This outbox is closed" in line.getMessage()


def test_visit_can_be_taken_to_a_thread_and_to_a_job() -> None:
    """It is plain data."""
    shop = Shop()
    found: list[Any] = []
    with shop.tracker.use(VISIT):
        visit = current_visit()

        def work() -> None:
            found.append(current_visit())
            with shop.tracker.use(VISIT):
                found.append(track.event("ev_purchase"))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found[0] is None
    assert isinstance(found[1], Accepted)
    assert pickle.loads(pickle.dumps(visit)) == VISIT


def test_visits_can_be_nested() -> None:
    """The visit before is the current one again, also after an exception."""
    shop = Shop()
    other = Visit("visitor-8")
    with shop.tracker.use(VISIT):
        with suppress(LookupError), shop.tracker.use(other):
            assert current_visit() is other
            raise LookupError
        assert current_visit() is VISIT
    assert current_visit() is None


def test_visit_can_not_be_changed() -> None:
    """It is shared by all code of a request."""
    with pytest.raises(AttributeError):
        VISIT.why = "consent"  # type: ignore[misc]
