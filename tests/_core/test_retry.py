"""When a call is tried again and when it ends: the pure flow, under a clock that only the test moves."""

import email.utils
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyttributionio import APIConnectionError, APITimeoutError
from pyttributionio._core.retry import (
    FIRST_BACKOFF,
    MAX_BACKOFF,
    MAX_RETRY_AFTER,
    MOST_SECONDS,
    RETRIED,
    delay,
    retry_after,
)
from pyttributionio._core.types import Failure, Reply
from wire._world import BROKEN, NOW, REFUSED, REQUEST, SILENT, TIMEOUTS, World, reply


def test_retried_statuses_are_those_of_the_design() -> None:
    """All that say "later", and no other."""
    assert {408, 429, 500, 502, 503, 504} == RETRIED


@pytest.mark.parametrize("status", sorted(RETRIED))
def test_status_that_says_later_is_tried_again(status: int) -> None:
    """The answer after it is the call's."""
    world = World()
    answer = world.send(reply(status), reply(200))
    assert (answer.reply.status, answer.attempts) == (200, 2)
    assert [step.request for step in world.sends] == [REQUEST, REQUEST]


def test_every_other_status_is_final() -> None:
    """What would be answered the same again is not sent again."""
    for status in {*range(100, 600), 999} - RETRIED:
        world = World()
        assert world.send(reply(status)).reply.status == status
        assert (len(world.sends), world.waits) == (1, [])


@pytest.mark.parametrize("failure", [REFUSED, SILENT])
def test_failure_on_the_way_is_tried_again(failure: Failure) -> None:
    """All calls of this API may be repeated."""
    answer = World().send(failure, failure, reply(200))
    assert (answer.reply.status, answer.attempts) == (200, 3)


@pytest.mark.parametrize("max_retries", [0, 1, 2, 7])
@pytest.mark.parametrize("outcome", [reply(503), REFUSED, SILENT], ids=["503", "refused", "timeout"])
def test_attempts_are_one_more_than_retries(outcome: Reply | Failure, max_retries: int) -> None:
    """`max_retries` counts the further attempts, for statuses and failures alike."""
    world = World(chance=0.0)
    if isinstance(outcome, Reply):
        assert world.send(*[outcome] * 9, max_retries=max_retries).attempts == max_retries + 1
    else:
        with pytest.raises(APIConnectionError) as caught:
            world.send(*[outcome] * 9, max_retries=max_retries)
        assert caught.value.attempts == max_retries + 1
    assert len(world.sends) == max_retries + 1
    assert len(world.waits) == max_retries


def test_failure_that_is_no_transport_s_is_final() -> None:
    """A mistake in a caller's http_client would only be made again."""
    world = World()
    with pytest.raises(APIConnectionError) as caught:
        world.send(BROKEN, max_retries=5)
    assert type(caught.value) is APIConnectionError
    assert len(world.sends) == caught.value.attempts == 1


@pytest.mark.parametrize(
    ("failure", "error", "text"),
    [
        (REFUSED, APIConnectionError, "was not answered (2 attempts; last: ConnectError: refused)"),
        (SILENT, APITimeoutError, "was not answered (2 attempts; last: ReadTimeout)"),
    ],
)
def test_error_tells_what_was_asked_how_often_and_what_came(
    failure: Failure, error: type[APIConnectionError], text: str
) -> None:
    """The last failure decides the class; the error carries the request and the attempts, and nothing of the cause."""
    with pytest.raises(APIConnectionError) as caught:
        World().send(REFUSED if failure is SILENT else SILENT, failure, max_retries=1)
    assert type(caught.value) is error
    assert str(caught.value) == f"GET https://attribution.io/api/v1/KEY/customers/c?show_all=true {text}"
    assert str(caught.value.request) == "GET https://attribution.io/api/v1/KEY/customers/c?show_all=true"
    assert (caught.value.attempts, caught.value.__cause__, caught.value.__context__) == (2, None, None)


def test_one_attempt_is_told_in_the_singular() -> None:
    """Messages are sentences."""
    with pytest.raises(APIConnectionError, match=r"was not answered \(1 attempt; last:"):
        World().send(REFUSED, max_retries=0)


def test_every_attempt_has_the_timeouts_and_the_one_end() -> None:
    """The end stands still while time passes."""
    world = World()
    world.send(reply(503), REFUSED, reply(200), deadline=60.0, takes=5.0)
    assert [(step.timeouts, step.deadline) for step in world.sends] == [(TIMEOUTS, 1060.0)] * 3


def test_elapsed_is_all_of_it() -> None:
    """Attempts and waits, from the first to the last."""
    world = World()
    assert world.send(reply(503), reply(503), reply(200), takes=5.0).elapsed == 15.0 + sum(world.waits)


@pytest.mark.parametrize(
    ("chance", "waits"),
    [
        (0.0, [0.0] * 7),
        (0.5, [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]),
        (1.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]),
    ],
)
def test_waits_double_up_to_a_cap_and_chance_has_its_full_share(chance: float, waits: list[float]) -> None:
    """Exponential backoff with full jitter: anything from nothing to the bound."""
    world = World(chance)
    world.send(*[reply(503)] * 7, reply(200), max_retries=7)
    assert world.waits == waits


@settings(deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
@example(5000, 1.0)
def test_wait_is_bounded_at_any_attempt(attempt: int, chance: float) -> None:
    """No attempt is so late that its power overflows."""
    bound = min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** min(attempt - 1, 10))
    assert delay(attempt, asked=None, chance=chance) == pytest.approx(chance * bound)


def test_wait_at_attempt_5000_comes_to_pass() -> None:
    """A caller that wants thousands of retries gets them, as long as the deadline holds."""
    world = World()
    answer = world.send(*[reply(503)] * 5000, reply(200), max_retries=5000, deadline=1e6)
    assert answer.attempts == 5001
    assert world.waits[-1] == MAX_BACKOFF


HTTP_DATES: dict[str, Callable[[datetime], str]] = {
    "IMF-fixdate": lambda moment: email.utils.format_datetime(moment, usegmt=True),
    "RFC 850": lambda moment: moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda moment: moment.strftime("%a %b %e %H:%M:%S %Y"),
}
ASKED: dict[str, tuple[str, float | None]] = {
    "seconds": ("7", 7.0),
    "none": ("0", 0.0),
    "leading zeros": ("007", 7.0),
    "white space around": (" \t7 ", 7.0),
    "fraction, which is not allowed, and clear": ("1.5", 1.5),
    "date": ("Mon, 02 Mar 2026 14:13:27 GMT", 7.0),
    "date of RFC 850": ("Monday, 02-Mar-26 14:13:27 GMT", 7.0),
    "date of asctime": ("Mon Mar  2 14:13:27 2026", 7.0),
    "date elsewhere": ("Mon, 02 Mar 2026 15:13:27 +0100", 7.0),
    "date in an unknown zone": ("Mon, 02 Mar 2026 14:13:27 -0000", 7.0),
    "date in the past": ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    "date of old in the past": ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
    "far date": ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799.0 - 1772460800.0),
    "huge": ("999999999", 999999999.0),
    "beyond all sense": ("9" * 30, MOST_SECONDS),
    "beyond a float": ("9" * 5000, MOST_SECONDS),
    "empty": ("", None),
    "negative": ("-7", None),
    "signed": ("+7", None),
    "power": ("1e3", None),
    "words": ("soon", None),
    "list": ("7, 7", None),
    "digits of another script": ("٧", None),
    "infinite": ("inf", None),
    "not a number": ("nan", None),
    "ISO 8601": ("2026-03-02T14:13:27Z", None),
    "no such day": ("Mon, 31 Feb 2026 14:13:27 GMT", None),
    "year of twenty digits": ("Mon, 02 Mar 99999999999999999999 14:13:27 GMT", None),
    "zone of twenty digits": ("Mon, 02 Mar 2026 14:13:27 +99999999999999999999", None),
}


@pytest.mark.parametrize("name", ASKED)
def test_retry_after_is_read_as(name: str) -> None:
    """Seconds or a date, as RFC 9110 has them; what is neither is as good as none."""
    value, expected = ASKED[name]
    assert retry_after(value, NOW) == expected


def test_no_retry_after_asks_for_nothing() -> None:
    """The header is optional."""
    assert retry_after(None, NOW) is None


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2060, 1, 1)), st.sampled_from(sorted(HTTP_DATES)))
def test_retry_after_reads_every_date_in_all_three_forms(naive: datetime, form: str) -> None:
    """RFC 9110, section 5.6.7: a recipient takes all three."""
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    expected = max(0.0, (moment - NOW).total_seconds())
    assert retry_after(HTTP_DATES[form](moment), NOW) == expected


@settings(deadline=None)
@given(
    st.text() | st.from_regex(r"\A[A-Z][a-z]{2},? ?\d{1,25}[ -][A-Z][a-z]{2}[ -]\d{1,25} \d\d:\d\d(:\d\d)? ?[+-]?\w*\Z")
)
def test_no_retry_after_breaks_the_call(value: str) -> None:
    """Whatever a server sends there, it is a number of seconds that can be waited, or nothing."""
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("Mon, 02 Mar 2026 14:13:27 GMT", 7.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("31", MAX_RETRY_AFTER),
        ("9" * 30, MAX_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        ("-7", 0.5),
        ("soon", 0.5),
    ],
)
@pytest.mark.parametrize("status", sorted(RETRIED))
def test_retry_after_is_honoured_up_to_a_cap(status: int, value: str, wait: float) -> None:
    """It wins over the backoff where it can be read, with no jitter; else it counts as not there."""
    world = World(chance=1.0)
    world.send(reply(status, Retry_After=value), reply(200))
    assert world.waits == [wait]


def test_retry_after_as_a_date_is_measured_when_it_comes() -> None:
    """Not when the call started: the first attempt took some time."""
    world = World()
    world.send(reply(503, retry_after="Mon, 02 Mar 2026 14:13:27 GMT"), reply(200), takes=3.0)
    assert world.waits == [4.0]
