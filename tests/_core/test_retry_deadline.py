"""One deadline ends all attempts of a call, and of both requests of an event."""

from typing import Any

import pytest

from pyttributionio import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    Client,
    Event,
    InternalServerError,
    RawResponse,
)
from pyttributionio._core import operations
from pyttributionio._core.requests import EventFields, Person
from pyttributionio._core.types import Failure, Reply, Send
from support.timing import use_clock
from wire._world import REFUSED, SILENT, World, reply


@pytest.mark.parametrize("takes", [2.5, 2.6, 10.0])
def test_wait_that_would_end_in_the_deadline_is_not_waited(takes: float) -> None:
    """The last answer is returned at once: it says more than a timeout would."""
    world = World()
    answer = world.send(reply(503), reply(200), deadline=3.0, takes=takes)
    assert (answer.reply.status, answer.attempts) == (503, 1)
    assert (len(world.sends), world.waits) == (1, [])


def test_wait_that_ends_before_the_deadline_is_waited() -> None:
    """Up to the very end, a call may still succeed."""
    world = World()
    answer = world.send(reply(503), reply(200), deadline=3.0, takes=2.4)
    assert (answer.reply.status, answer.attempts) == (200, 2)


def test_retry_after_beyond_the_deadline_is_not_waited() -> None:
    """A server that asks for longer than there is gets its answer passed on."""
    world = World()
    answer = world.send(reply(429, Retry_After="20"), reply(200), deadline=15.0)
    assert (answer.reply.status, answer.attempts, world.waits) == (429, 1, [])


@pytest.mark.parametrize(("failure", "error"), [(REFUSED, APIConnectionError), (SILENT, APITimeoutError)])
def test_failure_before_the_deadline_is_told_as_what_it_was(failure: Failure, error: type[APIConnectionError]) -> None:
    """A refused connection with no time left to try again is still a refused connection."""
    world = World()
    with pytest.raises(APIConnectionError) as caught:
        world.send(failure, reply(200), deadline=3.0, takes=2.9)
    assert type(caught.value) is error
    assert (caught.value.attempts, "deadline" in str(caught.value)) == (1, False)


@pytest.mark.parametrize("failure", [REFUSED, SILENT], ids=["refused", "timeout"])
@pytest.mark.parametrize("takes", [3.0, 50.0])
@pytest.mark.parametrize("max_retries", [0, 5])
def test_failure_after_the_deadline_is_a_timeout(failure: Failure, takes: float, max_retries: int) -> None:
    """Whatever ended the attempt, the deadline had passed; nothing is sent after it."""
    world = World()
    with pytest.raises(APITimeoutError) as caught:
        world.send(failure, reply(200), deadline=3.0, takes=takes, max_retries=max_retries)
    assert str(caught.value) == (
        "GET https://attribution.io/api/v1/KEY/customers/c?show_all=true was not answered before the deadline "
        f"of 3 s (1 attempt; last: {failure.text})"
    )
    assert (len(world.sends), world.waits) == (1, [])


def test_answer_after_the_deadline_is_an_answer() -> None:
    """What came in time for the transport is not thrown away, and not tried again."""
    world = World()
    assert world.send(reply(200), deadline=3.0, takes=4.0).reply.status == 200
    assert world.send(reply(503), reply(200), deadline=3.0, takes=4.0).reply.status == 503


def test_deadline_ends_any_number_of_retries() -> None:
    """A thousand retries are what fits into the deadline."""
    world = World(chance=1.0)
    answer = world.send(*[reply(503)] * 1000, max_retries=1000, deadline=60.0, takes=1.0)
    assert answer.reply.status == 503
    assert world.time < 1060.0
    assert world.waits == [0.5, 1.0, 2.0, 4.0] + [8.0] * 5


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that whole calls run in, with its clock in the place of the real one."""
    made = World()
    use_clock(monkeypatch, made.clock)
    return made


def post_event(world: World, *outcomes: Reply | Failure, takes: float, **options: Any) -> RawResponse[Event]:
    """Post an event and its identity in a world."""
    flow = operations.post_event(
        Client("KEY", **options)._settings,
        Person("c", "v", None, None, None),
        EventFields("ev", transaction_id="t-1"),
        identify=True,
    )
    found = world.run(flow, outcomes, takes)
    assert isinstance(found, RawResponse)
    return found


def paths(sends: list[Send]) -> list[str]:
    """Return where each attempt went."""
    return [step.request.path for step in sends]


def test_event_and_identity_have_one_deadline(world: World) -> None:
    """The identity gets what the event has left of it."""
    raw = post_event(world, reply(503), reply(200), reply(503), reply(200), takes=5.0)
    assert paths(world.sends) == ["/events", "/events", "/identities", "/identities"]
    assert {step.deadline for step in world.sends} == {1060.0}
    assert (raw.status_code, raw.attempts, raw.elapsed) == (200, 2, 10.5)


def test_identity_is_not_tried_again_when_the_event_took_the_time(world: World) -> None:
    """The deadline is over both; the identity's failure is told, with a note that the event arrived."""
    with pytest.raises(InternalServerError) as caught:
        post_event(world, reply(503), reply(200), reply(503), reply(200), takes=1.0, deadline=3.6)
    assert paths(world.sends) == ["/events", "/events", "/identities"]
    assert caught.value.attempts == 1
    assert caught.value.__notes__ == [
        "The event itself was accepted (transaction id t-1); only its identity was not. Post it with "
        "client.tracking.identity('c', visitor_id=...); sending the event again could count it twice."
    ]


def test_identity_that_found_no_time_is_a_timeout_with_a_note(world: World) -> None:
    """The transport refuses an attempt after the end, and the flow says why."""
    with pytest.raises(APITimeoutError, match=r"before the deadline of 2 s \(1 attempt;") as caught:
        post_event(world, reply(200), SILENT, takes=2.0, deadline=2)
    assert paths(world.sends) == ["/events", "/identities"]
    assert caught.value.__notes__[0].startswith("The event itself was accepted")


@pytest.mark.parametrize("outcome", [reply(400), REFUSED], ids=["400", "refused"])
def test_event_that_failed_ends_the_call_without_a_note(world: World, outcome: Reply | Failure) -> None:
    """No identity is posted for an event that did not arrive."""
    with pytest.raises(APIError) as caught:
        post_event(world, outcome, outcome, outcome, takes=0.0)
    assert set(paths(world.sends)) == {"/events"}
    assert not hasattr(caught.value, "__notes__")
