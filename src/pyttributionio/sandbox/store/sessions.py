"""Touchpoints: found when pageviews are stored, by the rules of `attribution/touchpoints`.

A late pageview, one that is stored after later ones, can change for at most two of these whether they start a session.
One is the next pageview, because the pause before it becomes shorter. If that pageview has no origin, the other one is
the next that has an origin, because the origin of its session may be different now. All pageviews after it stay as they
are: the origin of that pageview is the origin of its session, whether it starts the session or belongs to it.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from pyttributionio.sandbox.attribution import touchpoints
from pyttributionio.sandbox.attribution.touchpoints import Arrival, PageviewOrigin, Session
from pyttributionio.sandbox.store import statements
from pyttributionio.sandbox.store.documents import document_text
from pyttributionio.sandbox.store.pageview_blocks import find_document
from pyttributionio.sandbox.store.visitor import Visitor
from pyttributionio.sandbox.values.shapes import LAST_SECOND
from pyttributionio.sandbox.values.times import iso_time


@dataclass(frozen=True)
class NewPageview:
    """A pageview to store; its id is greater than all the ids that are stored."""

    created_at: int
    id: int
    arrival: Arrival


def add_origins(visitor: Visitor, new: list[NewPageview]) -> bool:
    """Store the times and origins of pageviews, and update the touchpoints.

    Args:
        visitor: Whose pageviews they are.
        new: In the order of time; those of one second in the order of their ids.

    Returns:
        Whether they come after all the visitor's stored pageviews, as they do unless some are late.
    """
    last = _session_before(visitor, LAST_SECOND + 1, 0)
    if last is None or last.last_at <= new[0].created_at:
        _add(visitor, new, last)
        return True
    done = 0
    while done < len(new):
        done = _add_up_to_next_stored(visitor, new, done)
    return False


def _add_up_to_next_stored(visitor: Visitor, new: list[NewPageview], start: int) -> int:
    """Add the pageviews from `start` on that come before the next stored one; return the index of the first other."""
    first = new[start]
    following = _next(visitor, statements.NEXT_PAGEVIEW, created_at=first.created_at)
    end = len(new)
    if following is not None:
        end = bisect_left(new, following.created_at, start, key=lambda pageview: pageview.created_at)
    _add(visitor, new[start:end], _session_before(visitor, first.created_at, first.id))
    if following is not None:
        _update_touchpoint(visitor, following)
        if following.origin is None:
            place = {"created_at": following.created_at, "id": following.id}
            with_origin = _next(visitor, statements.NEXT_PAGEVIEW_WITH_ORIGIN, **place)
            if with_origin is not None:
                _update_touchpoint(visitor, with_origin)
    return end


def _add(visitor: Visitor, new: list[NewPageview], session: Session | None) -> None:
    """Add pageviews that follow a session, without a stored pageview between them."""
    origins = [PageviewOrigin(p.id, visitor.alias, p.created_at, p.arrival.origin) for p in new]
    starts = _session_starts(origins, session)
    visitor.insert(statements.ADD_PAGEVIEW, ((p.created_at, p.id, p.arrival.origin) for p in new))
    _add_touchpoints(visitor, (p for p in new if p.id in starts))


def _update_touchpoint(visitor: Visitor, pageview: PageviewOrigin) -> None:
    """Add the touchpoint of a stored pageview if it starts a session now; delete it if it does not."""
    number, _, created_at, _ = pageview
    place = {"created_at": created_at, "id": number}
    if not _session_starts([pageview], _session_before(visitor, created_at, number)):
        visitor.run(statements.DELETE_TOUCHPOINT, **place)
    elif visitor.run(statements.FIND_TOUCHPOINT, **place).fetchone() is None:
        document = json.loads(find_document(visitor, (iso_time(created_at), number)))
        arrival = touchpoints.read_arrival(document.get("url"), document.get("referrer"))
        _add_touchpoints(visitor, [NewPageview(created_at, number, arrival)])


def _next(visitor: Visitor, statement: str, **place: int) -> PageviewOrigin | None:
    found = visitor.run(statement, **place).fetchone()
    return None if found is None else PageviewOrigin(*found)


def _session_before(visitor: Visitor, created_at: int, number: int) -> Session | None:
    found = visitor.run(statements.SESSION_BEFORE, created_at=created_at, id=number).fetchone()
    return None if found is None else Session(*found)


def _session_starts(pageviews: list[PageviewOrigin], session: Session | None) -> set[int]:
    """Return the ids of one visitor's pageviews that start a session, if the first one follows `session`."""
    visitor_id = pageviews[0].visitor_id
    return {*touchpoints.session_starts(pageviews, {} if session is None else {visitor_id: session})}


def _add_touchpoints(visitor: Visitor, starting: Iterable[NewPageview]) -> None:
    for p in starting:
        document = document_text(p.id, p.arrival.touchpoint, p.created_at)
        visitor.insert(statements.ADD_TOUCHPOINT, [(p.created_at, p.id, p.arrival.origin, document)])
