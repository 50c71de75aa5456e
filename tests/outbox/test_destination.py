"""The time of the next attempt: one probe at a time, full jitter, and never before Retry-After."""

import pytest

from pyttributionio.outbox.delivery.destination import MAX_PAUSE, MAX_RETRY_AFTER, MIN_PAUSE, Destination


def opened(chance: float = 1.0) -> Destination:
    """Return a destination that has answered once."""
    destination = Destination(lambda: chance)
    destination.answered(destination.send())
    return destination


def test_nothing_is_known_at_first_so_one_request_goes_out() -> None:
    """Not all threads send to a server that may be down at the start."""
    destination = Destination()
    assert (destination.state, destination.allows(0)) == ("unknown", True)
    round_ = destination.send()
    assert not destination.allows(0)
    destination.answered(round_)
    assert (destination.state, destination.allows(0)) == ("open", True)


def test_a_failure_pauses_everything_until_one_probe() -> None:
    """While it is under way no other request is sent. After its success all are."""
    destination = opened()
    destination.failed(destination.send(), 10.0, reason="status 503")
    assert (destination.state, destination.reason) == ("paused", "status 503")
    assert not destination.allows(10.0)
    wait = destination.wait(10.0)
    assert wait is not None
    assert destination.allows(10.0 + wait)
    probe = destination.send()
    assert not destination.allows(1e9)
    assert destination.wait(1e9) is None
    destination.answered(probe)
    assert (destination.state, destination.failures) == ("open", 0)


def test_an_interrupted_probe_is_replaced_by_another() -> None:
    """It has no outcome, which would end the probe."""
    destination = Destination()
    destination.send()
    destination.take_back()
    assert destination.allows(0)


def test_pauses_grow_to_their_bound() -> None:
    """Twice as long at most each time, to 30 s; the jitter may make any of it of that, but not less than 0.05 s."""
    waits: dict[float, list[float]] = {}
    for chance in (1.0, 0.0):
        destination = opened(chance)
        waits[chance] = []
        for _ in range(2000):
            destination.failed(destination.send(), 0.0, reason="")
            waits[chance].append(destination.until)
    assert waits[1.0][:4] == [0.1, 0.2, 0.4, 0.8]
    assert max(waits[1.0]) == waits[1.0][-1] == MAX_PAUSE
    assert {*waits[0.0]} == {MIN_PAUSE}


def test_requests_that_were_under_way_together_fail_once() -> None:
    """32 refused connections are one failure, not a pause that doubles 32 times."""
    destination = opened()
    rounds = [destination.send() for _ in range(32)]
    for round_ in rounds:
        destination.failed(round_, 0.0, reason="reset")
    assert (destination.failures, destination.until) == (1, 0.1)


def test_an_answer_from_before_the_pause_does_not_end_it() -> None:
    """Only the probe shows the present state of the server."""
    destination = opened()
    early, late = destination.send(), destination.send()
    destination.failed(early, 0.0, reason="reset")
    destination.answered(late)
    assert destination.state == "paused"


@pytest.mark.parametrize("asked", [0.5, 8.0, 500.0])
def test_retry_after_is_the_floor(asked: float) -> None:
    """With any jitter."""
    destination = opened(chance=0.0)
    destination.failed(destination.send(), 10.0, reason="status 429", retry_after=asked)
    assert not destination.allows(10.0 + asked - 0.01)
    assert destination.allows(10.0 + asked)


def test_a_late_retry_after_counts_too() -> None:
    """The second of two answers of one round may be the one that has it."""
    destination = opened(chance=0.0)
    rounds = [destination.send(), destination.send()]
    destination.failed(rounds[0], 0.0, reason="status 503")
    destination.failed(rounds[1], 0.0, reason="status 429", retry_after=8.0)
    assert not destination.allows(7.9)


def test_a_probe_on_demand_respects_retry_after() -> None:
    """A flush tries again at once after a failure, but not before the time that the server asked for."""
    destination = opened()
    for _ in range(9):
        destination.failed(destination.send(), 0.0, reason="reset")
    destination.probe_now(1.0)
    assert destination.allows(1.0)
    destination.failed(destination.send(), 1.0, reason="status 429", retry_after=8.0)
    destination.probe_now(2.0)
    assert not destination.allows(8.9)
    assert destination.allows(9.0)


def test_an_absurd_retry_after_is_cut() -> None:
    """An outbox must not sleep for a year on one header."""
    destination = opened()
    destination.failed(destination.send(), 0.0, reason="status 429", retry_after=1e9)
    assert destination.until == MAX_RETRY_AFTER


def test_a_refusal_is_a_state_of_its_own() -> None:
    """A person has to act, and still it is tried again."""
    destination = opened()
    destination.failed(destination.send(), 0.0, reason="status 401", refused=True)
    assert destination.state == "refused"
    assert destination.allows(destination.until)
    destination.answered(destination.send())
    assert destination.state == "open"
