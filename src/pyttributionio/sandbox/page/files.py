"""The page's files, read when this module is imported. Only these files are served."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pyttributionio.sandbox.values.files import read_file

_STATIC: Final = """
    api.js code.js customer.js customers.js dom.js faults.js format.js icon.svg journey.js live.js main.js page.css
    parts.css request.js route.js setup.js table.js theme.js timeline.css timeline.js timescale.js
"""
_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent."""

    content: bytes
    media_type: str


def _read(name: str) -> PageFile:
    return PageFile(read_file(f"page/web/{name}"), _MEDIA_TYPES[name.rpartition(".")[2]])


SNIPPET: Final = _read("snippet.js")
"""The script that the developer's own pages load."""
FILES: Final[Mapping[str, PageFile]] = {
    "/_sandbox/": _read("index.html"),
    **{f"/_sandbox/static/{name}": _read(name) for name in _STATIC.split()},
}
"""The page's files by their paths."""
