"""Removal of a visitor's waiting entries, when the visitor withdraws consent."""

from functools import partial

from pyttributionio._errors import OutboxError
from pyttributionio.outbox.delivery.queues import WINDOW
from pyttributionio.outbox.delivery.source import Source
from pyttributionio.outbox.process.engine import CLOSED, Engine


def forget(engine: Engine, visitor_id: str) -> int:
    """Remove the waiting entries of a visitor from the shards of this process; return how many there were.

    Raises:
        OutboxError: A store can't be opened, read or written, or the outbox is closed.
    """
    if engine.closed:
        raise OutboxError(CLOSED)
    engine.store()
    return sum(_forget(engine, source, visitor_id) for source in [*engine.dispatcher.sources])


def _forget(engine: Engine, source: Source, visitor_id: str) -> int:
    after, found = 0, 0
    while entries := source.store.claim(after, WINDOW, visitor_id=visitor_id):
        numbers, after = [entry.number for entry in entries], entries[-1].number
        found += source.store.drop(numbers, dead=False)
        # The queues belong to the dispatcher thread. An entry that it sends meanwhile counts as under way.
        if engine.threads.is_running:
            engine.threads.call(partial(source.remove, numbers))
        else:
            source.remove(numbers)
    return found
