"""What the factories of the test kit return, by the collections that they are given.

Read by mypy, pyright, ty and pyrefly, and never run. A bare `# type: ignore` marks a line that must be rejected.
"""

from datetime import UTC, datetime
from typing import assert_type

from pyttributionio import (
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithPageviews,
    CustomerWithTouchpoints,
    CustomerWithTouchpointsAndEvents,
    Event,
    Identity,
    Pageview,
    Touchpoint,
)
from pyttributionio.testing import make_customer, make_event, make_identity, make_pageview, make_touchpoint


def parts() -> None:
    """Each field is known by its name and its type."""
    assert_type(make_touchpoint(channel="email", created_at=datetime(2026, 3, 2, tzinfo=UTC)), Touchpoint)
    assert_type(make_event(revenue=12, client_id=7, meta={"agent": "curl"}), Event)
    assert_type(make_pageview(title=None), Pageview)
    assert_type(make_identity(aliases=["visitor-1"]), Identity)
    _ = make_touchpoint(chanel="email")  # type: ignore
    _ = make_event(revenue="12")  # type: ignore
    _ = make_identity(aliases="visitor-1")  # type: ignore
    _ = make_pageview(created_at=1_520_000_000)  # type: ignore


def customers() -> None:
    """The class is that of the collections."""
    assert_type(make_customer(), Customer)
    assert_type(make_customer(client_id="c1", revenue=2.5), Customer)
    assert_type(make_customer(pageviews=[]), CustomerWithPageviews)
    assert_type(make_customer(touchpoints=[make_touchpoint()], client_id="c1"), CustomerWithTouchpoints)
    assert_type(make_customer(events=[make_event()]), CustomerWithEvents)
    both = make_customer(events=(make_event(),), touchpoints=[make_touchpoint()])
    assert_type(both, CustomerWithTouchpointsAndEvents)
    assert_type(both.events[0], Event)
    everything = make_customer(pageviews=[], touchpoints=[], events=[], identities=[])
    assert_type(everything, CustomerWithAll)
    both.pageviews  # type: ignore
    _ = make_customer(visits=[])  # type: ignore
    _ = make_customer(events=[make_touchpoint()])  # type: ignore
