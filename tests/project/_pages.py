"""The README and the pages of the documentation, cut into what tests look at."""

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
REPOSITORY: Final = "https://github.com/loehnertz/Pyttribution.io/blob/master/"
"""What the README's links begin with: it is shown on the package index too, where relative ones lead nowhere."""


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    code: str

    @property
    def first_line(self) -> str:
        """Its first line, which names it in a test's id."""
        return self.code.strip().splitlines()[0][:40]


class Page:
    """A Markdown file of the project."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = ROOT / name
        self.text = self.path.read_text(encoding="utf-8")

    @property
    def blocks(self) -> list[Block]:
        """Its fenced blocks, in order."""
        return [Block(*found) for found in re.findall(r"^```(.*)\n((?s:.*?))^```$", self.text, flags=re.MULTILINE)]

    @property
    def prose(self) -> str:
        """Its text without fenced blocks."""
        return re.sub(r"^```.*\n(?s:.*?)^```$", "", self.text, flags=re.MULTILINE)

    @property
    def anchors(self) -> set[str]:
        """The names of its headings in links, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}

    @property
    def links(self) -> list[str]:
        """The targets of its links."""
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)

    def tables(self) -> list[list[list[str]]]:
        """Its tables: rows of cells, without the line below the head."""
        found = re.findall(r"(?:^\|.*\|\n)+", self.prose, flags=re.MULTILINE)
        return [[cells(line) for line in table.splitlines() if not re.fullmatch(r"[|\s:-]+", line)] for table in found]

    def table(self, *head: str) -> list[list[str]]:
        """Return the rows of its one table whose head begins with these cells."""
        (rows,) = [rows for first, *rows in self.tables() if first[: len(head)] == list(head)]
        return rows


def cells(line: str) -> list[str]:
    """Return the cells of a table's line."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def code_in(text: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", text)


README: Final = Page("README.md")
CONTRIBUTING: Final = Page(".github/CONTRIBUTING.md")
DOCS: Final = {path.name: Page(f"docs/{path.name}") for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES: Final = [README, CONTRIBUTING, Page("scripts/README.md"), *DOCS.values()]
