"""The options of `pyttributionio outbox drain` that say how entries are delivered."""

from dataclasses import dataclass

from pyttributionio import RetryPosts


@dataclass(frozen=True)
class Delivery:
    """How long to deliver, in seconds; how many requests at the same time; and which are sent again."""

    timeout: float
    in_flight: int
    retry_posts: RetryPosts
