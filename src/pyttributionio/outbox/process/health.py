"""The statistics and the health of an outbox in one process."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyttributionio._core.settings import Settings
from pyttributionio._http.proxies import route_to
from pyttributionio.outbox._stats import Counters, Health, OutboxStats
from pyttributionio.outbox.delivery.classify import unexpected
from pyttributionio.outbox.delivery.dispatcher import Dispatcher
from pyttributionio.outbox.storage.store import StoreCount


def stats_of(counts: Sequence[StoreCount], counters: Counters, dispatcher: Dispatcher) -> OutboxStats:
    """Return the state of an outbox in this process."""
    oldest = min((count.oldest for count in counts if count.oldest is not None), default=None)
    return OutboxStats(
        pending=sum(count.pending for count in counts),
        oldest_age=None if oldest is None else dispatcher.ages.of(oldest),
        in_flight=dispatcher.in_flight,
        dead=sum(count.dead for count in counts),
        size=sum(count.size for count in counts),
        accepted=counters.accepted,
        delivered=counters.delivered,
        dead_lettered=counters.dead_lettered,
        dropped=counters.dropped,
        refused=counters.refused,
        unreadable=sum(salvage.unreadable for salvage in counters.salvages),
        state=dispatcher.destination.state,
        last_error=counters.last_error,
        shards=tuple(source.name for source in dispatcher.sources),
    )


@dataclass(frozen=True, slots=True)
class Problems:
    """What the parts of an outbox say about themselves.

    Attributes:
        closed: Whether it is closed.
        is_full: Whether the last call found no room.
        start_error: Why its threads can't be started; None if they can.
        store_errors: The failures of the stores that are not over yet.
        send_error: Why no request can be sent, before the first one; None if nothing is known against it.
    """

    closed: bool
    is_full: bool
    start_error: str | None
    store_errors: tuple[str, ...]
    send_error: str | None


def unusable_environment(settings: Settings) -> str | None:
    """Return why no request can be sent with the environment's proxy and certificates; None if one can be tried.

    It reads the environment and the certificates, and uses no network.
    """
    try:
        route_to(settings.tracking.origin)
    except Exception as error:
        return unexpected(error).text
    return None


def health_of(stats: OutboxStats, found: Problems, max_age: float) -> Health:
    """Return the health. A server that is down is no problem until an entry has waited for `max_age` seconds."""
    problems: list[str] = []
    if found.closed:
        problems.append("The outbox is closed.")
    if found.is_full:
        problems.append("The outbox is full: new calls are refused or push out old ones.")
    for error in found.store_errors:
        problems.append(f"The outbox can't use its store ({error}): check the disk and the directory.")
    if found.start_error is not None:
        problems.append(f"The outbox's threads can't be started ({found.start_error}): entries are stored, and wait.")
    refused = stats.last_error if stats.state == "refused" else found.send_error
    if refused is not None:
        problems.append(
            f"Requests are refused or can't be sent ({refused}): "
            "check the public key, tracking_url, the proxy and the certificates."
        )
    if stats.oldest_age is not None and stats.oldest_age > max_age:
        reason = stats.last_error or "no answer yet"
        problems.append(f"The oldest entry has waited for {stats.oldest_age:.0f} s ({reason}).")
    return Health(not problems, tuple(problems))
