"""One accepted event, as in a web back end; the ids contain the name of the job."""

from benchmarks.outbox.messages import Job, client_id_of
from pyttributionio.outbox import Accepted, Outbox


def accept_event(outbox: Outbox, job: Job, name: str, number: int) -> Accepted:
    """Accept the event of a number; visitors take turns."""
    visitor = number % job.visitors
    return outbox.event(
        "ev_purchase",
        visitor_id=f"{name}.{visitor}",
        client_id=client_id_of(name, visitor, number),
        url="https://shop.example/checkout?step=paid",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        identify=job.identify,
    )
