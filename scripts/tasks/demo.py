"""Show the SDK in a shop: visitors arrive from campaigns, sign up and buy; then their journeys are read back.

Everything goes over real HTTP to a sandbox on this machine; nothing leaves it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich import box
from rich.console import Console
from rich.table import Table

from pyttributionio import Client, CustomerWithAll
from pyttributionio.sandbox import Sandbox

SHOP = "https://shop.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@dataclass(frozen=True)
class Visit:
    """One page that a visitor sees, some hours after the start of the story, and what the visitor does there."""

    hours: float
    path: str
    referrer: str | None = None
    signs_up: bool = False
    buys: str | None = None
    """The number of an order."""


@dataclass(frozen=True)
class Visitor:
    """A person with a browser, and the pages that this person sees."""

    client_id: str
    cookie: str
    visits: tuple[Visit, ...]


STORY = (
    Visitor(
        "ada@example.com",
        "v-ada-laptop",
        (
            Visit(0, "/?utm_source=google&utm_medium=cpc&utm_campaign=autumn-sale&utm_term=wool+socks"),
            Visit(0.1, "/socks"),
            Visit(26, "/?utm_source=newsletter&utm_medium=email&utm_campaign=week-47", signs_up=True),
            Visit(26.2, "/checkout", buys="order-1001"),
        ),
    ),
    Visitor(
        "customer-42",
        "v-42-phone",
        (
            Visit(3, "/socks", referrer="https://duckduckgo.com/?q=warm+socks"),
            Visit(3.5, "/welcome", signs_up=True),
            Visit(50, "/?utm_source=instagram&utm_medium=social&utm_campaign=creators"),
            Visit(50.3, "/checkout", buys="order-1002"),
        ),
    ),
    Visitor(
        "grace@example.com",
        "v-grace-tablet",
        (
            Visit(30, "/", referrer="https://blog.example.net/the-best-socks"),
            Visit(30.2, "/welcome", signs_up=True),
        ),
    ),
)


def play(client: Client, sandbox: Sandbox, start: datetime) -> None:
    """Play every visitor's story: the part of the browser, and the part of the shop's back end."""
    for visitor in STORY:
        for visit in visitor.visits:
            at = start + timedelta(hours=visit.hours)
            url = SHOP + visit.path
            # In production the vendor's snippet does this in the browser.
            sandbox.add_pageview(visitor.cookie, url, referrer=visit.referrer, user_agent=BROWSER, created_at=at)
            at += timedelta(minutes=5)
            if visit.signs_up:
                client.tracking.event(
                    "ev_signup",
                    visitor_id=visitor.cookie,
                    client_id=visitor.client_id,
                    url=url,
                    user_agent=BROWSER,
                    created_at=at,
                )
            if visit.buys:
                client.tracking.event(
                    "ev_purchase",
                    visitor_id=visitor.cookie,
                    client_id=visitor.client_id,
                    url=url,
                    user_agent=BROWSER,
                    created_at=at,
                    transaction_id=visit.buys,  # the sandbox stores it once, even if this runs again
                )


def journey(customer: CustomerWithAll) -> Iterator[tuple[datetime, str, str, str]]:
    """Yield what happened in a customer's journey: when, what, through which channel, and where."""
    for touchpoint in customer.touchpoints:
        if touchpoint.created_at:
            detail = " / ".join(filter(None, (touchpoint.source, touchpoint.campaign, touchpoint.term)))
            yield touchpoint.created_at, "touchpoint", touchpoint.channel or "", detail or touchpoint.referrer or ""
    for pageview in customer.pageviews:
        if pageview.created_at:
            yield pageview.created_at, "pageview", "", (pageview.url or "").removeprefix(SHOP).partition("?")[0]
    for event in customer.events:
        if event.created_at:
            yield event.created_at, "event", "", f"{event.event_public_key} ({event.transaction_id:.14})"


def show(console: Console, customer: CustomerWithAll) -> None:
    """Print one customer's journey as a table."""
    ids = ", ".join(sorted({alias for identity in customer.identities for alias in identity.aliases or ()}))
    table = Table(title=f"{customer.client_id}  ({ids})", box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for name in ("when (UTC)", "what", "channel", "where / which"):
        table.add_column(name, no_wrap=name != "where / which")
    styles = {"event": "bold green", "touchpoint": "cyan"}
    # A touchpoint comes before the page that it led to.
    for at, what, channel, detail in sorted(journey(customer), key=lambda row: (row[0], row[1] != "touchpoint")):
        table.add_row(f"{at:%a %d %b %H:%M}", what, channel, detail, style=styles.get(what))
    console.print(table)


def main() -> None:
    """Start a sandbox, play the story, and read every customer back."""
    console = Console()
    bought = Counter[str]()
    with Sandbox() as sandbox:
        console.print(f"A local Attribution.io listens at {sandbox.base_url}")
        with Client(
            sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
        ) as client:
            play(client, sandbox, start=datetime.now(UTC) - timedelta(days=3))
            console.print(
                f"{len(STORY)} visitors came, signed up, and some bought. Their journeys, as the API returns them:\n"
            )
            for visitor in STORY:
                customer = client.customers.get(visitor.client_id, include="all")
                show(console, customer)
                if any(event.event_public_key == "ev_purchase" for event in customer.events):
                    bought[customer.touchpoints[0].channel or "unknown"] += 1
        requests = len(sandbox.requests)
    first = ", ".join(f"{channel} ({count})" for channel, count in bought.most_common())
    console.print(f"First touchpoints of buyers: {first}")
    console.print(f"Done: {requests} requests over real HTTP, every answer validated into a typed model.")


if __name__ == "__main__":
    main()
