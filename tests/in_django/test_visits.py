"""The visit of a request, the events that it fills, and the transactions that they wait for."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from in_django.conftest import Ask
from outbox._helpers import Scripted, StillClock, manual
from pyttributionio.django import AttributionMiddleware, Deferred, RequestAttribution, attributionio
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web import Skipped, current_visit


class OwnMiddleware(AttributionMiddleware):
    """A middleware of a project."""


def request_of(cookie: str = "AttrioP_KEY=visitor-7") -> HttpRequest:
    """Return a request that passed no middleware."""
    return RequestFactory(headers={"cookie": cookie, "host": "shop.example"}).post("/buy?utm_source=x&token=secret")


def test_a_view_sees_the_visit(ask: Ask, outbox: Outbox) -> None:
    """By `request.attributionio` and by `current_visit()`: they are the same."""
    found = ask("visit").json()
    assert found["url"] in {"http://shop.example/visit", "http://shop.example/async/visit"}
    assert found == {"visitor": "visitor-7", "url": found["url"], "agent": "Browser", "why": None}
    assert current_visit() is None


def test_a_streamed_body_sees_the_visit(ask: Ask, outbox: Outbox) -> None:
    """It is made after the middleware has returned."""
    assert ask("stream").told == "visitor-7 " * 3
    assert current_visit() is None


def test_a_file_is_not_wrapped(outbox: Outbox, tmp_path: Any) -> None:
    """The server may send it itself."""
    file = (tmp_path / "file").open("w+b")
    response = FileResponse(file)
    content = response.file_to_stream
    middleware: Any = AttributionMiddleware(lambda _: response)
    assert middleware(request_of()).file_to_stream is content
    response.close()
    assert file.closed


def test_an_abandoned_stream_is_closed(outbox: Outbox) -> None:
    """With its generator, whose `finally` may have something to do."""
    from django.http import StreamingHttpResponse

    ended: list[str] = []

    def body() -> Any:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append("yes")

    middleware: Any = AttributionMiddleware(lambda _: StreamingHttpResponse(body()))
    response = middleware(request_of())
    assert next(iter(response)) == b"a"
    response.close()
    assert ended == ["yes"]


def test_an_event_has_what_the_visit_knows(outbox: Outbox, sent: Scripted) -> None:
    """The URL is cut to campaign parameters."""
    found = attributionio(request_of()).event("ev_purchase", client_id="c", transaction_id="order-1")
    assert found == Accepted("order-1", "c")
    outbox.pump()
    assert [path for path, _ in sent.posted] == ["/events", "/identities"]
    event = sent.posted[0][1]["event"]
    assert event["url"] == "http://shop.example/buy?utm_source=x"
    assert event["aliases"] == sent.posted[1][1]["identity"]["aliases"] == ["visitor-7"]


def test_a_request_without_the_middleware_has_its_attribution() -> None:
    """And it keeps it, as that of a RequestFactory in tests."""
    request = request_of()
    assert isinstance(attributionio(request), RequestAttribution)
    assert attributionio(request) is attributionio(request)


def test_consent_is_asked_once_and_only_if_it_is_needed(sent: Scripted) -> None:
    """A page that tracks nothing does not ask."""
    asked: list[HttpRequest] = []
    with manual(sent) as outbox:
        options = {"OUTBOX": outbox, "CONSENT": lambda request: bool(asked.append(request)) or True}
        with override_settings(ATTRIBUTIONIO=options):
            Client().get("/plain")
            assert asked == []
            Client(headers={"cookie": "AttrioP_KEY=v"}).post("/buy")
            assert len(asked) == 1


def test_a_wait_for_the_commit_drops_what_is_rolled_back(outbox: Outbox) -> None:
    """A receipt says that it waits."""
    counted = attributionio(request_of())
    with transaction.atomic():
        found = counted.event("ev_purchase", client_id="c", transaction_id="order-1", identify=False)
        assert found == Deferred("order-1", "c")
        assert isinstance(found, Accepted)
        assert outbox.stats().pending == 0
    assert outbox.stats().pending == 1
    with suppress(ZeroDivisionError), transaction.atomic():
        counted.event("ev_purchase", transaction_id="order-2")
        raise ZeroDivisionError
    with transaction.atomic(), suppress(ZeroDivisionError), transaction.atomic():
        counted.identity("c")
        raise ZeroDivisionError
    assert outbox.stats().pending == 1


def test_the_time_is_that_of_the_call(sent: Scripted) -> None:
    """Not that of the commit; the ids and the visit are those of the call too."""
    clock = StillClock()
    with manual(sent, clock) as outbox, override_settings(ATTRIBUTIONIO={"OUTBOX": outbox}):
        with transaction.atomic():
            attributionio(request_of()).event("ev_purchase", identify=False)
            clock.seconds += 1000
        outbox.pump()
    created = sent.posted[0][1]["event"]["created_at"]
    assert created == datetime(2026, 1, 1, 0, 1, 40, tzinfo=UTC).timestamp()


def test_another_database_can_be_waited_for(outbox: Outbox) -> None:
    """Or none."""
    counted = attributionio(request_of())
    with transaction.atomic(using="other"):
        assert type(counted.event("ev")) is Accepted
        assert type(counted.event("ev", using="other")) is Deferred
        assert type(counted.identity("c", using="other")) is Deferred
        with transaction.atomic():
            assert type(counted.event("ev", using=None)) is Accepted
            assert type(counted.identity("c", using=None)) is Accepted


def test_track_waits_for_the_commit_too(outbox: Outbox) -> None:
    """It is the same tracker."""
    browser = Client(headers={"cookie": "AttrioP_KEY=v"})
    assert browser.post("/commit", {"fail": "yes"}).content == b"Deferred"
    assert outbox.stats().pending == 0
    assert browser.post("/commit").content == b"Deferred"
    assert outbox.stats().pending == 1


def test_a_failure_after_the_commit_is_logged(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    """The order stays."""
    with transaction.atomic():
        attributionio(request_of()).event("ev_purchase", transaction_id="order-1")
        outbox.close()
    assert "event ev_purchase was not tracked after the commit: OutboxError" in caplog.text


def test_a_wrong_argument_is_found_in_the_call_and_not_at_the_commit(outbox: Outbox) -> None:
    """Where a developer can see the line that is wrong."""
    with override_settings(DEBUG=True), transaction.atomic(), pytest.raises(ValueError, match="event_key"):
        attributionio(request_of()).event("")
    with transaction.atomic():
        assert attributionio(request_of()).event("") == Skipped("invalid")


def test_an_unknown_database_is_no_error_of_the_request(outbox: Outbox) -> None:
    """In production."""
    assert attributionio(request_of()).event("ev", using="nowhere") == Skipped("invalid")


def test_a_subclass_of_the_middleware_is_one(outbox: Outbox) -> None:
    """Sync, with a get_response of a test."""
    seen: list[Any] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(current_visit())
        return HttpResponse()

    OwnMiddleware(answer)(request_of())
    assert seen[0].visitor_id == "visitor-7"
