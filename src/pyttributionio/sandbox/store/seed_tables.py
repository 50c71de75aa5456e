"""The tables from which example data is generated. The longer ones are in the files seed_*.csv."""

from typing import Final, NamedTuple

from pyttributionio.sandbox.values.files import read_table

SITE: Final = "https://shop.example"


class Source(NamedTuple):
    """A traffic source: how frequent it is, how often its visitors buy, and what their first pageview says."""

    share: float
    """The weight among all traffic sources."""
    conversion: float
    """The probability that a signed-in customer buys in such a session."""
    query: str
    """The query of the landing page's address."""
    referrer: str | None = None


SOURCES: Final = tuple(
    Source(float(row["share"]), float(row["conversion"]), row["query"], row["referrer"] or None)
    for row in read_table("store/seed_sources.csv")
)
"""The rows of seed_sources.csv."""

PAGES: Final = tuple((row["path"], row["title"]) for row in read_table("store/seed_pages.csv"))
LANDINGS: Final = (0, 0, 0, 1, 2, 3, 4, 5)
"""Indexes into `PAGES` of the pages on which sessions begin, by their frequency."""
WELCOME: Final = ("/welcome", "Welcome")
CHECKOUT: Final = ("/checkout", "Your basket")
THANKS: Final = ("/thank-you", "Thank you")

PRICES: Final = (9.0, 12.5, 19.0, 24.0, 36.0, 59.0)
"""The revenues of orders, in the shop's currency."""

BROWSERS: Final = tuple(row["user_agent"] for row in read_table("store/seed_browsers.csv"))

CLIENT_IDS: Final = tuple((float(row["weight"]), row["format"]) for row in read_table("store/seed_client_ids.csv"))
"""Formats of client ids with their weights; a client id can be any text."""

SESSIONS: Final = ((35, 1, 1), (30, 2, 3), (22, 4, 7), (11, 8, 15), (2, 20, 60))
"""How many sessions a customer has: the weight, the minimum and the maximum."""
HOURS: Final = (2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 7, 7, 7, 8, 9, 11, 12, 11, 8, 4)
"""The weight of each hour of the day, in UTC."""
WEEKDAYS: Final = (11, 10, 10, 10, 9, 8, 10)
"""The weight of each day of the week, from Monday."""
WEEKS: Final = 8
"""The weeks in which all sessions take place."""
