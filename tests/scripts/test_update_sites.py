"""The table of sites that is made from Matomo's list."""

import pytest

from pyttributionio.sandbox.attribution.sites import MORE_SITES
from tasks.update_sites import TABLE, make_rows, read_hosts, table_text

SEARCH = """
Ask:
  -
    urls:
      - www.ask.example
      - '{}.ask.example'
    params:
      - q
      - '/s\\/([^\\/]+)/'
    backlink: 's/{k}'
  -
    urls:
      - 'images.ask.{}'
      - ask.example/images
    params:
      - q
"Чат: поиск":
  -
    urls:
      - poisk.example
      - chat.example
      - www.friends.example
"""
SOCIAL = """
"My Friends":
  - friends.example
  - com.friends.app
"""
ASSISTANTS = "Chat:\n  - chat.example\n"


def test_rows_have_the_patterns_of_the_sites_module() -> None:
    """Without assistants, social networks among the search engines, and addresses with a path."""
    assert make_rows(SEARCH, SOCIAL, ASSISTANTS) == [
        ("ask", "search", "??.ask.example ask.example images.ask.*"),
        ("poisk_example", "search", "poisk.example"),
        ("my_friends", "social", "*.friends.example com.friends.app"),
    ]


def test_line_of_another_form_is_an_error() -> None:
    """So that a change of the list's form loses no host without notice."""
    with pytest.raises(ValueError, match=r"line 2 is neither a site, a key nor an item of a list: - friends\.example"):
        [*read_hosts("My Friends:\n- friends.example", key=None)]


def test_table_is_as_it_was_written() -> None:
    """It names its source, its version and its licence, and has no edits of its own."""
    text = TABLE.read_text(encoding="utf-8")
    rows = [(site.name, site.kind, site.hosts) for site in MORE_SITES]
    note = text.partition("\n")[0]
    assert "searchengine-and-social-list (commit " in note
    assert note.endswith(", CC0 1.0. Do not edit.")
    assert text == table_text([*rows], note.partition("(")[2].partition(")")[0])
