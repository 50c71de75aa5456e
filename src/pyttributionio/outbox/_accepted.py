"""What a caller gets for a call that was accepted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of a call that is stored, and will be delivered.

    Attributes:
        transaction_id: The event's transaction id, as every attempt will carry it. An identity has none on
            the wire; here it names the entry, for `pyttributionio outbox show` and the hooks.
        client_id: The person's id: as given, or the random one that was made.
        duplicate: Whether an event of this transaction id and event key was waiting already, so that
            nothing was added.
    """

    transaction_id: str
    client_id: str
    duplicate: bool = False
