"""The values of the options of `pyttributionio customers`."""

from enum import StrEnum


class Included(StrEnum):
    """A collection that can be read along. It is no literal type, because typer takes no list of one."""

    pageviews = "pageviews"
    touchpoints = "touchpoints"
    events = "events"
    identities = "identities"
    all = "all"
