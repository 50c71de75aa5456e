"""The products of the shop, and the ads that lead to it."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Product:
    """A pair of socks; its picture is `{slug}.svg`."""

    slug: str
    name: str
    price: int
    """In euros."""
    line: str
    story: str


PRODUCTS = {
    product.slug: product
    for product in (
        Product("moor", "Moor", 19, "Merino, for long walks", "Thick at the heel, thin at the top, and quick to dry."),
        Product("pier", "Pier", 12, "Striped cotton, for summer", "Combed cotton with the stripes of a deckchair."),
        Product("domino", "Domino", 12, "Dotted cotton, for games", "Dots of three sizes, knitted and not printed."),
        Product("lantern", "Lantern", 24, "Alpaca, for cold beds", "Alpaca with a little silk, knitted loosely."),
        Product("dash", "Dash", 15, "Light and tight, for running", "A flat toe seam, and a band around the arch."),
        Product("monday", "Monday", 9, "Plain, for all other days", "Buy seven pairs, and any two socks are a pair."),
    )
}


@dataclass(frozen=True)
class Ad:
    """A link to the shop on another site."""

    where: str
    says: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        """The campaign parameters as the query of the link."""
        return urlencode(self.parameters)


def _campaign(source: str, medium: str, campaign: str, *others: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("utm_source", source), ("utm_medium", medium), ("utm_campaign", campaign), *others)


ADS = (
    Ad(
        "Ad next to search results",
        "Wool socks that last. Free returns.",
        _campaign("google", "cpc", "warm-feet", ("utm_term", "wool socks"), ("gclid", "example-click-1")),
    ),
    Ad("Shopping ad", "Moor, merino, €19, Left & Right", _campaign("google", "cpc", "shopping-socks")),
    Ad("Newsletter", "Hello! It is the first cold week.", _campaign("newsletter", "email", "week-47")),
    Ad("Instagram, a post", "My feet this morning.", _campaign("instagram", "social", "creators")),
    Ad("Instagram, an ad", "Sponsored: warm feet, both of them.", _campaign("instagram", "paid_social", "warm-feet")),
    Ad("YouTube, before a video", "Skip in 5 … 4 … socks.", _campaign("youtube", "cpv", "warm-feet")),
    Ad("Affiliate", "The eleven best socks, no. 4 will …", _campaign("sock-review", "affiliate", "best-of-list")),
    Ad("Banner", "-20 % on the left one", _campaign("daily-walker", "display", "warm-feet", ("utm_content", "wide"))),
    Ad("A friend's blog", "I walked 900 km in these.", _campaign("walking-blog", "referral", "long-walk")),
    Ad("Podcast", "… and with code FOOT you get …", _campaign("sole-talk", "audio", "episode-12")),
    Ad("Text message", "Your size is back: LR.example/b", _campaign("back-in-stock", "sms", "size-42")),
    Ad("Push message", "Still in your basket: Pier", _campaign("app", "push", "basket")),
    Ad("A click id alone", "Facebook adds one to each link.", (("fbclid", "example-click-2"),)),
    Ad("No parameters at all", "Typed by hand, or from a bookmark.", ()),
)
