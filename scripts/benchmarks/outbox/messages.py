"""The messages between the harness, the fault server and the producers. All times are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


@dataclass(frozen=True)
class Behaviour:
    """How the fault server treats requests."""

    fault: Literal["none", "status", "reset_before", "reset_after", "late"] = "none"
    """A reset comes before or after the request is recorded; a late answer comes after it is recorded."""
    share: float = 1.0
    """The part of the requests that fails; the others are answered well."""
    latency: float = 0.0
    """The time before a good answer."""
    status: int = 503
    retry_after: int | None = None
    """The header of the answer with the status."""
    late: float = 20.0
    """The time before a late answer."""


class Arrival(NamedTuple):
    """A request that the server recorded; the list of them is in the order of arrival."""

    kind: str
    """Event or identity."""
    client_id: str
    transaction_id: str
    """Empty for an identity."""
    pid: int
    """The process that sent it; 0 if it is unknown."""
    at: float
    """The time on the machine's monotonic clock, which all processes share."""


class Attempt(NamedTuple):
    """A request that reached the server, recorded or not."""

    at: float
    outcome: str
    """The status of the answer, or the kind of failure."""


@dataclass(frozen=True)
class Job:
    """The work of one producer process: fill an outbox, and then end.

    The harness adds a number to the name, and sets the empty fields.
    """

    name: str
    """A part of all visitor ids and client ids."""
    url: str = ""
    directory: str = ""
    ledger: str = ""
    """The file for the notes of accepted events."""
    count: int = 0
    """The number of events to accept, if it is not told to stop earlier."""
    rate: float = 0.0
    """Events per second; 0 is as fast as possible."""
    threads: int = 1
    """The threads that accept, where accepting is measured."""
    visitors: int = 20
    identify: bool = True
    timeout: float = 10.0
    """The client's timeout."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Further arguments of the outbox."""
    stop_when_refused: bool = False
    children: int = 0
    """Processes to fork; of three, two flush, and one of these ends as Python does, the others with `os._exit`."""
    each: int = 0
    """The number of events that each child accepts."""
    then: Literal["return", "close", "wait", "drain", "accept", "memory"] = "close"
    """The end: without a flush; close the outbox; wait to be killed; flush until told to stop; or measure."""


def client_id_of(name: str, visitor: int, number: int) -> str:
    """Return the client id of a job's event; it contains everything that the check of the order needs."""
    return f"{name}.{visitor}.{number}"


def visitor_of(client_id: str) -> tuple[str, int]:
    """Return the visitor of a client id, and the number of its event in the job."""
    visitor, _, number = client_id.rpartition(".")
    return visitor, int(number)
