"""The retry policy: when to send, wait and give up. It yields steps, receives their outcomes, and never sleeps."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from logging import getLogger
from typing import Final, NamedTuple

from pyttributionio._core.call_log import LEVEL, LOGGER, log_call
from pyttributionio._core.clock import Clock
from pyttributionio._core.types import Answer, APIRequest, Failure, Flow, Reply, Send, Timeouts, Wait
from pyttributionio._errors import APIConnectionError, APITimeoutError, RequestInfo
from pyttributionio._shared.text import one_line

RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
NOT_PROCESSED: Final = frozenset({408, 429, 503})
"""The statuses of `RETRIED` by which a server says that it did not process the request (RFC 9110, sections 15.5.9 and
15.6.4; RFC 6585, section 4). The others may come from a proxy, or after a part of the work."""
FIRST_BACKOFF: Final = 0.5
MAX_BACKOFF: Final = 8.0
MAX_RETRY_AFTER: Final = 30.0
MOST_SECONDS: Final = 2.0**31
"""A larger number of seconds counts as this one (RFC 9111, section 1.2.2)."""

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_log = getLogger("pyttributionio")


class Limits(NamedTuple):
    """The bounds of one call, and the clock that measures them.

    Attributes:
        timeouts: Seconds for each part of an attempt.
        max_retries: Further attempts after the first.
        seconds: Seconds from the start of the call to its deadline.
        deadline: The time on the monotonic clock when all requests of the call must have ended.
        clock: Measures the deadline and draws the jitter.
        redact: Masks the secret in a log line. The URL does not have it, but a program may pass it as an id.
    """

    timeouts: Timeouts
    max_retries: int
    seconds: float
    deadline: float
    clock: Clock
    redact: Callable[[str], str] = str


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3: a number or a date)."""
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), MOST_SECONDS)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a year of twenty digits overflows
        return None
    # A date without a zone ("-0000") is naive; HTTP dates are always GMT.
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def delay(attempt: int, *, asked: float | None, chance: float) -> float:
    """Return the seconds to wait after failed attempt number `attempt`; the first is 1.

    A Retry-After of the server is used, up to `MAX_RETRY_AFTER`. Otherwise the wait is exponential with full jitter:
    the part `chance` of a bound that doubles from `FIRST_BACKOFF` to `MAX_BACKOFF`. The jitter prevents that many
    clients that failed together try again together.
    """
    if asked is not None:
        return min(asked, MAX_RETRY_AFTER)
    # The exponent is capped before the power is taken: 2.0 ** 2000 overflows.
    return chance * min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** min(attempt - 1, 16))


def may_repeat(outcome: Reply | Failure, *, is_repeatable: bool) -> bool:
    """Return whether a request may be sent again after an outcome.

    Args:
        outcome: The outcome. A reply is complete: an answer that ended early is a failure.
        is_repeatable: Whether that is allowed if the request may have arrived.
    """
    if isinstance(outcome, Reply):
        return outcome.status in (RETRIED if is_repeatable else NOT_PROCESSED)
    return outcome.retryable and (is_repeatable or outcome.unsent)


def send_flow(request: APIRequest, limits: Limits) -> Flow[Answer]:
    """Send one request until an answer is final or no attempts remain; return the answer, of any status.

    Raises:
        APITimeoutError: The last attempt timed out, or the deadline passed.
        APIConnectionError: The last attempt failed in another way.
    """
    started = limits.clock.monotonic()
    outcome, attempts = yield from _last_outcome(request, limits)
    seconds = limits.clock.monotonic() - started
    if LOGGER.isEnabledFor(LEVEL[0]):
        log_call(request, outcome, attempts, seconds, limits.redact)
    if isinstance(outcome, Failure):
        raise _not_answered(request, outcome, attempts, limits)
    return Answer(outcome, attempts, seconds)


def _last_outcome(request: APIRequest, limits: Limits) -> Flow[tuple[Reply | Failure, int]]:
    """Send a request until no attempts remain or an outcome is final; return it, and the number of attempts."""
    clock = limits.clock
    attempt = 0
    while True:
        attempt += 1
        outcome = yield Send(request, limits.timeouts, limits.deadline)
        # A driver answers every Send with a Reply or a Failure.
        assert outcome is not None
        if attempt > limits.max_retries or not may_repeat(outcome, is_repeatable=request.is_repeatable):
            return outcome, attempt
        if isinstance(outcome, Reply):
            asked, reason = retry_after(outcome.headers.get("retry-after"), clock.now()), f"status {outcome.status}"
        else:
            asked, reason = None, outcome.text
        wait = delay(attempt, asked=asked, chance=clock.random())
        if clock.monotonic() + wait >= limits.deadline:
            # The deadline would pass during the wait. This outcome is more useful than a timeout error.
            return outcome, attempt
        line = one_line(limits.redact(f"{request.method} {request.url}: {reason}"))
        _log.info("%s; attempt %d failed, next in %.2f s", line, attempt, wait)
        yield Wait(wait)


def _not_answered(request: APIRequest, failure: Failure, attempts: int, limits: Limits) -> APIConnectionError:
    info = RequestInfo(request.method, request.url)
    tries = f"{attempts} attempt{'s' if attempts > 1 else ''}"
    if limits.clock.monotonic() >= limits.deadline:
        return APITimeoutError(
            f"{info} was not answered before the deadline of {limits.seconds:g} s ({tries}; last: {failure.text})",
            request=info,
            attempts=attempts,
        )
    error = APITimeoutError if failure.timeout else APIConnectionError
    held_back = failure.retryable and not may_repeat(failure, is_repeatable=request.is_repeatable)
    note = '. It may have arrived, so it was not sent again (retry_posts="unsent")' if held_back else ""
    return error(f"{info} was not answered ({tries}; last: {failure.text}){note}", request=info, attempts=attempts)
