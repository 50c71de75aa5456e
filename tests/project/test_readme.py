"""Every code block of the README and the docs runs, against a sandbox in the place of the vendor."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


def blocks(text: str) -> list[str]:
    """Return the Python blocks of a page."""
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = blocks(README)
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
# The outbox's page has recipes for frameworks, which tests/outbox/test_docs.py runs, each in its own way.
DOCS_BLOCKS = [(name, code) for name, text in DOCS.items() if name != "outbox.md" for code in blocks(text)]


@pytest.fixture
def _vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in for the vendor, with the README's account and customers."""
    with Sandbox(api_key="PUBLIC_KEY", api_secret="SECRET") as sandbox:
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
        sandbox.add_pageview("visitor-7", "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=autumn")
        with Client("PUBLIC_KEY") as client:
            for customer in ("customer-42", "customer-43"):
                client.tracking.identity(customer, visitor_id=f"visitor-of-{customer}")
        yield


@pytest.mark.usefixtures("_vendor")
@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.strip().splitlines()[0][:40])
def test_readme_block_runs(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new user can copy each block as it stands."""
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.usefixtures("_vendor")
@pytest.mark.parametrize(
    ("name", "code"), DOCS_BLOCKS, ids=[f"{n}-{c.strip().splitlines()[-1][:40]}" for n, c in DOCS_BLOCKS]
)
def test_block_of_the_docs_runs(name: str, code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files that a block makes are made elsewhere."""
    monkeypatch.chdir(tmp_path)
    exec(compile(code, name, "exec"), {"__name__": "docs"})


@pytest.mark.parametrize("name", [*DOCS, "README.md"])
def test_links_to_files_of_the_project_lead_somewhere(name: str) -> None:
    """A file that was moved takes its links along."""
    folder, text = (ROOT, README) if name == "README.md" else (ROOT / "docs", DOCS[name])
    targets = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert [target for target in targets if not (folder / target).exists()] == []


def test_each_page_of_the_docs_is_linked_from_the_readme() -> None:
    """Nobody looks for what is not pointed to."""
    assert [name for name in DOCS if f"(docs/{name})" not in README] == []


@pytest.mark.usefixtures("_vendor")
def test_first_block_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The ten lines show a touchpoint's time, channel and campaign, and the event just posted."""
    exec(compile(BLOCKS[0], "README.md", "exec"), {"__name__": "readme"})
    touchpoint, events = capsys.readouterr().out.splitlines()
    assert touchpoint.endswith("+00:00 paid_search autumn")
    assert events == "['ev_signup']"


@pytest.mark.usefixtures("_vendor")
def test_failing_block_prints_the_status_and_the_clean_url(capsys: pytest.CaptureFixture[str]) -> None:
    """The failing case ends in the error it names, without the secret."""
    exec(compile(BLOCKS[1], "README.md", "exec"), {"__name__": "readme"})
    shown = capsys.readouterr().out
    assert shown.startswith("404 http://127.0.0.1:")
    assert shown.endswith("/api/v1/PUBLIC_KEY/customers/nobody\n")


def test_each_script_has_a_line() -> None:
    """Of the page in scripts/."""
    scripts = ROOT / "scripts"
    page = (scripts / "README.md").read_text(encoding="utf-8")
    commands = {path.name for path in scripts.iterdir() if path.is_file() and not path.suffix}
    assert {name for name in commands if f"`scripts/{name}" in page} == commands
