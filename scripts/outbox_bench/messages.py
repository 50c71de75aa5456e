"""What the harness, the fault server and the producers tell each other. All times are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


@dataclass(frozen=True)
class Behaviour:
    """How the fault server treats requests."""

    fault: Literal["none", "status", "reset_before", "reset_after", "late"] = "none"
    """Resets come before or after the request is recorded; a late answer comes after it is."""
    share: float = 1.0
    """Which part of the requests is struck; the others are answered well."""
    latency: float = 0.0
    """Before a good answer."""
    status: int = 503
    retry_after: int | None = None
    """Sent along with the status."""
    late: float = 20.0
    """Before a late answer."""


class Arrival(NamedTuple):
    """A request that the server recorded; the list of them is in the order of arrival."""

    kind: str
    """Event or identity."""
    client_id: str
    transaction_id: str
    """Empty for an identity."""
    pid: int
    """Who sent it; 0 where that can't be told."""
    at: float
    """On the machine's monotonic clock, which all processes share."""


class Attempt(NamedTuple):
    """A request that reached the server, recorded or not."""

    at: float
    outcome: str
    """The status it was answered with, or how it was not."""


@dataclass(frozen=True)
class Job:
    """What one producer process does: fill an outbox, and then end somehow.

    The harness adds a number to the name, and what is left empty.
    """

    name: str
    """Stands in all its visitors' and clients' ids."""
    url: str = ""
    directory: str = ""
    ledger: str = ""
    """The file in which it notes what was accepted."""
    count: int = 0
    """Events to accept, unless it is told to stop before."""
    rate: float = 0.0
    """Events a second; 0 is as fast as it can."""
    threads: int = 1
    """That accept, where accepting is measured."""
    visitors: int = 20
    identify: bool = True
    timeout: float = 10.0
    """The client's, for each part of an attempt."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Further arguments of the outbox."""
    stop_when_refused: bool = False
    children: int = 0
    """Processes to fork after that; of three, two flush, and one of these ends as Python does, not at once."""
    each: int = 0
    """Events that each child accepts."""
    then: Literal["return", "close", "wait", "drain", "accept", "memory"] = "close"
    """Return without a flush; close the outbox; wait to be killed; flush until told to stop; measure."""


def client_id_of(name: str, visitor: int, number: int) -> str:
    """Return the client id of a job's event; it tells all that the order is checked by."""
    return f"{name}.{visitor}.{number}"


def lane_of(client_id: str) -> tuple[str, int]:
    """Return the visitor an id belongs to, and its event's number among all of the job's."""
    visitor, _, number = client_id.rpartition(".")
    return visitor, int(number)
