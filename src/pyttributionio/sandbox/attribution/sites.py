"""The sites that the sandbox knows by name, and the kind of each.

The table is sites.csv: a site is added by adding a row. The choice is the sandbox's own: well-known sites of each
kind, not the list of another tool. A pattern has to match the whole host:

- `bing.com` matches only that host,
- `*.bing.com` matches `bing.com` and every host under it,
- `google.*` matches that name with the ending of any country: `.com`, `.de`, `.co.uk`, `.com.br`.

An Android app that opens a link sends its own id as the referrer's host (`android-app://com.slack/`). A site that has
other services on related hosts (docs.google.com is not a search engine) has its hosts listed one by one. In words of
several parts, `_` stands for `_`, `-` and a space.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, cast

from pyttributionio.sandbox.values.files import read_table

Kind = Literal["search", "social", "video", "shopping", "mail"]

LONGEST_HOST: Final = 253  # characters; RFC 1035, 2.3.4


class Site(NamedTuple):
    """A site: its name as a source, its hosts, and other words that people write into utm_source."""

    name: str
    kind: Kind
    hosts: str
    words: str = ""


SITES: Final = tuple(
    Site(row["name"], cast("Kind", row["kind"]), row["hosts"], row["words"])
    for row in read_table("attribution/sites.csv")
)
"""The rows of sites.csv."""
_ENDING: Final = re.compile(r"(?:\.com|(?:\.com?)?\.[a-z]{2})$")
_BY_HOST: Final[Mapping[str, Site]] = {host: site for site in SITES for host in site.hosts.split()}
_BY_WORD: Final[Mapping[str, Site]] = {word: site for site in SITES for word in (site.name, *site.words.split())}


def site_of_host(host: str) -> Site | None:
    """Return the site of a host, which is in lower case."""
    # Visitors write hosts: a text that cannot be a host is not looked up, so it never equals a pattern.
    if len(host) > LONGEST_HOST or "*" in host:
        return None
    return next((_BY_HOST[pattern] for pattern in _patterns(host) if pattern in _BY_HOST), None)


def site_of_source(source: str) -> Site | None:
    """Return the site that a source, in lower case, means: by its name, a short name, or one of its hosts."""
    return _BY_WORD.get(source.replace("-", "_").replace(" ", "_")) or site_of_host(source)


def _patterns(host: str) -> Iterator[str]:
    """Yield the patterns that match a host, the most exact one first."""
    for pattern in (host, _ENDING.sub(".*", host)):
        yield pattern
        while pattern:
            yield "*." + pattern
            pattern = pattern.partition(".")[2]
