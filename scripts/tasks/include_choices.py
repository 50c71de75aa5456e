"""The collections of a customer, and every choice of them that `include` can name."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

INCLUDE_FLAG = "x-include-flag"
Schema: TypeAlias = dict[str, Any]
Schemas: TypeAlias = dict[str, Schema]


@dataclass(frozen=True)
class Collection:
    """A property of the customer that is only sent if the request asks for it."""

    name: str
    item: str
    description: str
    flag: str

    @property
    def part(self) -> str:
        """Its part in the name of a class, such as "Pageviews"."""
        return self.name.title().replace("_", "")


def collections_of(schemas: Schemas) -> list[Collection]:
    """Return the customer's collections, in the order of the schema."""
    return [
        Collection(name, schemas[rule["items"]["$ref"]]["title"], rule["description"], rule[INCLUDE_FLAG])
        for name, rule in schemas["customer.json"]["properties"].items()
        if INCLUDE_FLAG in rule
    ]


def combinations(found: list[Collection]) -> Iterator[tuple[Collection, ...]]:
    """Yield every choice of collections, smallest first, without the empty one."""
    for size in range(1, len(found) + 1):
        yield from itertools.combinations(found, size)


def class_name(chosen: tuple[Collection, ...], found: list[Collection]) -> str:
    """Return the class for a choice of collections, such as CustomerWithPageviewsAndEvents."""
    if not chosen:
        return "Customer"
    if len(chosen) == len(found):
        return "CustomerWithAll"
    return "CustomerWith" + "And".join(collection.part for collection in chosen)


def quoted(text: str) -> str:
    """Return a text as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)
