"""The products of the shop, and the ads that lead to it."""

from dataclasses import dataclass

from pyttributionio.shop._files import read_table


@dataclass(frozen=True)
class Product:
    """A pair of socks; its picture is `{slug}.svg`."""

    slug: str
    name: str
    price: int
    """In euros."""
    line: str
    story: str


@dataclass(frozen=True)
class Ad:
    """A link to the shop on another site."""

    where: str
    says: str
    query: str
    """The campaign parameters, as the query of the link."""


PRODUCTS = {
    row["slug"]: Product(row["slug"], row["name"], int(row["price"]), row["line"], row["story"])
    for row in read_table("products.csv")
}
"""The rows of products.csv by slug."""
ADS = tuple(Ad(row["where"], row["says"], row["query"]) for row in read_table("ads.csv"))
"""The rows of ads.csv."""
