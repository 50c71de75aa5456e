"""What each answer means for its entry and for all others."""

from datetime import UTC, datetime

import pytest

from outbox._helpers import FAILURE, reply
from pyttributionio.outbox.delivery.classify import Fate, judge

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_delivered(status: int) -> None:
    """Whatever its body."""
    assert judge(reply(status, b"\xff"), NOW, maybe_sent=False).fate is Fate.DELIVERED


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_later_statuses_pause(status: int) -> None:
    """With what the server asked for: seconds, or a date."""
    assert judge(reply(status), NOW, maybe_sent=False).asked is None
    verdict = judge(reply(status, retry_after="8"), NOW, maybe_sent=True)
    assert (verdict.fate, verdict.asked) == (Fate.LATER, 8.0)
    date = "Thu, 01 Jan 2026 00:01:00 GMT"
    assert judge(reply(status, retry_after=date), NOW, maybe_sent=False).asked == 60.0


@pytest.mark.parametrize("status", [301, 302, 307, 401, 402, 403, 404, 405, 407, 410, 415, 451])
def test_what_could_be_about_every_entry_buries_none(status: int) -> None:
    """A wrong key, a disabled account, a wrong URL: it needs a person, and must not empty the outbox."""
    assert judge(reply(status), NOW, maybe_sent=False).fate is Fate.REFUSED


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_about_the_entry_buries_it_with_the_answer(status: int) -> None:
    """The answer as text, within bounds."""
    verdict = judge(reply(status, b"no \xff" + b"x" * 9000), NOW, maybe_sent=False)
    assert (verdict.fate, verdict.status, verdict.answer[:4]) == (Fate.DEAD, status, "no \ufffd")
    assert len(verdict.answer) == 2000


def test_a_conflict_after_a_lost_answer_is_delivered() -> None:
    """The server holds the transaction id, because we sent it; on a first attempt somebody else did."""
    assert judge(reply(409), NOW, maybe_sent=True).fate is Fate.DELIVERED
    assert judge(reply(409), NOW, maybe_sent=False).fate is Fate.DEAD


def test_no_answer_pauses() -> None:
    """With what the transport said."""
    verdict = judge(FAILURE, NOW, maybe_sent=False)
    assert (verdict.fate, verdict.reason) == (Fate.LATER, "ConnectError: refused")
