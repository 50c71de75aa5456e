"""The meaning of each answer for its entry and for all others."""

from datetime import UTC, datetime

import pytest

from outbox._helpers import FAILURE, reply
from pyttributionio.outbox.delivery.classify import Disposition, classify

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_delivered(status: int) -> None:
    """Whatever its body."""
    assert classify(reply(status, b"\xff"), NOW, maybe_sent=False).disposition is Disposition.DELIVERED


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_later_statuses_pause(status: int) -> None:
    """With the server's Retry-After: seconds, or a date."""
    assert classify(reply(status), NOW, maybe_sent=False).retry_after is None
    found = classify(reply(status, retry_after="8"), NOW, maybe_sent=True)
    assert (found.disposition, found.retry_after) == (Disposition.LATER, 8.0)
    date = "Thu, 01 Jan 2026 00:01:00 GMT"
    assert classify(reply(status, retry_after=date), NOW, maybe_sent=False).retry_after == 60.0


@pytest.mark.parametrize("status", [301, 302, 307, 401, 402, 403, 404, 405, 407, 410, 415, 451])
def test_an_answer_that_could_be_about_every_entry_makes_no_dead_letter(status: int) -> None:
    """A wrong key, a disabled account, a wrong URL: it needs a person, and must not empty the outbox."""
    assert classify(reply(status), NOW, maybe_sent=False).disposition is Disposition.REFUSED


@pytest.mark.parametrize("status", [400, 413, 422])
def test_an_answer_about_the_entry_makes_a_dead_letter_with_the_answer(status: int) -> None:
    """The answer as text, within bounds."""
    found = classify(reply(status, b"no \xff" + b"x" * 9000), NOW, maybe_sent=False)
    assert (found.disposition, found.status, found.answer[:4]) == (Disposition.DEAD, status, "no \ufffd")
    assert len(found.answer) == 2000


def test_a_conflict_after_a_lost_answer_is_delivered() -> None:
    """The server has the transaction id because an earlier request arrived. A first attempt can't be the reason."""
    assert classify(reply(409), NOW, maybe_sent=True).disposition is Disposition.DELIVERED
    assert classify(reply(409), NOW, maybe_sent=False).disposition is Disposition.DEAD


def test_no_answer_pauses() -> None:
    """With the error of the transport."""
    found = classify(FAILURE, NOW, maybe_sent=False)
    assert (found.disposition, found.reason) == (Disposition.LATER, "ConnectError: refused")
