"""Models for tests: valid by the schemas, the same at each call, and with the fields that a test gives.

```python
customer = make_customer(touchpoints=[make_touchpoint(channel="email", campaign="spring")])
assert customer.touchpoints[0].campaign == "spring"
```

A field that is not given has a default, and `None` is the null of an answer. Times are aware, in UTC. To make an answer
with unknown fields or with odd values, use `Touchpoint.model_validate({...})`.
"""

from typing import Unpack

from pyttributionio.models import Event, Identity, Pageview, Touchpoint
from pyttributionio.testing._customer_factory import make_customer
from pyttributionio.testing._fields import CustomerFields, EventFields, IdentityFields, PageviewFields, TouchpointFields
from pyttributionio.testing._making import model_of

__all__ = [
    "CustomerFields",
    "EventFields",
    "IdentityFields",
    "PageviewFields",
    "TouchpointFields",
    "make_customer",
    "make_event",
    "make_identity",
    "make_pageview",
    "make_touchpoint",
]


def make_pageview(**fields: Unpack[PageviewFields]) -> Pageview:
    """Return a pageview: the landing page of the default touchpoint.

    Args:
        **fields: Fields of the pageview, each instead of its default.

    Raises:
        TypeError: There is no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    return model_of(Pageview, fields)


def make_touchpoint(**fields: Unpack[TouchpointFields]) -> Touchpoint:
    """Return a touchpoint: a visit by a link in an email.

    Args:
        **fields: Fields of the touchpoint, each instead of its default.

    Raises:
        TypeError: There is no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    return model_of(Touchpoint, fields)


def make_event(**fields: Unpack[EventFields]) -> Event:
    """Return an event: a purchase, ten minutes after the default touchpoint.

    Args:
        **fields: Fields of the event, each instead of its default.

    Raises:
        TypeError: There is no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    return model_of(Event, fields)


def make_identity(**fields: Unpack[IdentityFields]) -> Identity:
    """Return an identity: it ties the default visitor to the default customer.

    Args:
        **fields: Fields of the identity, each instead of its default.

    Raises:
        TypeError: There is no such field, or a value has a wrong type.
        ValueError: A time has no time zone, or a value is out of range.
    """
    return model_of(Identity, fields)
