"""Touchpoints, found as pageviews are written; which they are, `_touchpoints` says.

A pageview that is written after later ones can change for two of those whether they start a session,
and for no others. One is the next: the pause before it is another now. Should that one have no origin,
the other is the next that has: the origin of its session may be another now. From there on all is as it
was, since that pageview's origin is its session's, whether it started the session or went on with it.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from pyttributionio.sandbox.attribution.touchpoints import Arrival, Session, Sighting, arrival, session_starts
from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.documents import document_text
from pyttributionio.sandbox.store.pageview_blocks import find_document
from pyttributionio.sandbox.store.visitor import Visitor
from pyttributionio.sandbox.values.shapes import LAST_SECOND
from pyttributionio.sandbox.values.times import iso_time


@dataclass(frozen=True)
class NewPageview:
    """A pageview to be written; its id is greater than those of all that were before."""

    created_at: int
    id: int
    came: Arrival


def add_sightings(visitor: Visitor, new: list[NewPageview]) -> bool:
    """Write down when a visitor was seen, and keep the touchpoints right.

    Args:
        visitor: Whose pageviews they are.
        new: In the order of time, and within a second in that of their ids.

    Returns:
        Whether they come after all that were there, as they do unless some are late.
    """
    last = _session_before(visitor, LAST_SECOND + 1, 0)
    if last is None or last.seen_at <= new[0].created_at:
        _add(visitor, new, last)
        return True
    done = 0
    while done < len(new):
        done = _add_run(visitor, new, done)
    return False


def _add_run(visitor: Visitor, new: list[NewPageview], start: int) -> int:
    """Add those from the start on up to the next that was there before, and return where the others begin."""
    first = new[start]
    following: Sighting | None = visitor.run(statements.SIGHTING_AFTER, created_at=first.created_at)
    end = len(new)
    if following is not None:
        end = bisect_left(new, following[2], start, key=lambda pageview: pageview.created_at)
    _add(visitor, new[start:end], _session_before(visitor, first.created_at, first.id))
    if following is not None:
        _reconsider(visitor, following)
        number, _, created_at, origin = following
        if origin is None and (arrived := visitor.run(statements.ARRIVAL_AFTER, created_at=created_at, id=number)):
            _reconsider(visitor, arrived)
    return end


def _add(visitor: Visitor, run: list[NewPageview], before: Session | None) -> None:
    starts = _starts([(p.id, visitor.alias, p.created_at, p.came.origin) for p in run], before)
    visitor.insert(statements.ADD_SIGHTING, ((p.created_at, p.id, p.came.origin) for p in run))
    _add_touchpoints(visitor, (p for p in run if p.id in starts))


def _reconsider(visitor: Visitor, sighting: Sighting) -> None:
    number, _, created_at, _ = sighting
    starts = bool(_starts([sighting], _session_before(visitor, created_at, number)))
    started = visitor.run(statements.FIND_TOUCHPOINT, created_at=created_at, id=number) is not None
    if started and not starts:
        visitor.run(statements.REMOVE_TOUCHPOINT, created_at=created_at, id=number)
    elif starts and not started:
        pageview = json.loads(find_document(visitor, (iso_time(created_at), number)))
        came = arrival(pageview.get("url"), pageview.get("referrer"))
        _add_touchpoints(visitor, [NewPageview(created_at, number, came)])


def _session_before(visitor: Visitor, created_at: int, number: int) -> Session | None:
    found = visitor.run(statements.SESSION_BEFORE, created_at=created_at, id=number)
    return None if found is None else Session(*found)


def _starts(sightings: list[Sighting], before: Session | None) -> set[int]:
    """Find which of one visitor's start a session, the first of which comes after the session before."""
    alias = sightings[0][1]
    return {*session_starts(sightings, {} if before is None else {alias: before})}


def _add_touchpoints(visitor: Visitor, starting: Iterable[NewPageview]) -> None:
    rows = ((p.created_at, p.id, p.came.origin, document_text(p.id, p.came.touchpoint, p.created_at)) for p in starting)
    visitor.insert(statements.ADD_TOUCHPOINT, rows)
