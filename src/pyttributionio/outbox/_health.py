"""Whether an outbox is well: for readiness probes."""

from dataclasses import dataclass

from pyttributionio.outbox._tally import OutboxStats


@dataclass(frozen=True, slots=True)
class Health:
    """The answer to a probe.

    Attributes:
        ok: Whether calls are accepted, and nothing needs a person.
        problems: What is wrong, a sentence each; empty if all is well.
    """

    ok: bool
    problems: tuple[str, ...]


def diagnose(stats: OutboxStats, *, closed: bool, full: bool, max_age: float) -> Health:
    """Return what is wrong; a server that is down for a while is not, for that is what the outbox is for.

    Args:
        stats: How things stand.
        closed: Whether the outbox takes no more calls.
        full: Whether there is no room for another entry.
        max_age: Seconds from which on the oldest entry has waited too long.
    """
    problems: list[str] = []
    if closed:
        problems.append("The outbox is closed.")
    if full:
        problems.append("The outbox is full: new calls are refused or push out old ones.")
    if stats.state == "refused":
        problems.append(f"The server refuses this account ({stats.last_error}): check the public key and tracking_url.")
    if stats.oldest_age is not None and stats.oldest_age > max_age:
        problems.append(
            f"The oldest entry has waited for {stats.oldest_age:.0f} s ({stats.last_error or 'no answer yet'})."
        )
    return Health(not problems, tuple(problems))
