"""What the pages say that code can check: links, commands, settings, errors, kinds of drift, fields that raise."""

import inspect
import re
import tomllib
from typing import Any, get_args

import pytest

import pyttributionio
from project._pages import CONTRIBUTING, DOCS, PAGES, README, REPOSITORY, ROOT, Page, code_in
from pyttributionio import (
    APIError,
    AsyncClient,
    Client,
    CustomerWithAll,
    DriftKind,
    PyttributionIo,
    PyttributionioError,
)
from pyttributionio.cli import main
from pyttributionio.outbox import Outbox

BY_PATH = {page.path: page for page in PAGES}


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=lambda page: page.name)
def test_page_has_at_most_120_lines(page: Page) -> None:
    """More belongs into docs/."""
    assert len(page.text.splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_into_the_project_lead_somewhere(page: Page) -> None:
    """To files that are there, and to headings that these have."""
    for link in page.links:
        target, _, anchor = link.removeprefix(REPOSITORY).partition("#")
        if "://" in target:
            continue
        base = ROOT if link.startswith(REPOSITORY) else page.path.parent
        path = (base / target).resolve() if target else page.path
        assert path.exists(), link
        assert not anchor or anchor in BY_PATH[path].anchors, link


def test_links_of_the_readme_are_absolute() -> None:
    """The package index shows it, too."""
    assert [link for link in README.links if not link.startswith("https://")] == []


def test_each_page_is_in_the_table_of_contents() -> None:
    """The index names every page, and the README leads to the index."""
    contents = DOCS["index.md"].links
    assert {name for name in DOCS if name not in contents} == {"index.md"}
    assert f"{REPOSITORY}docs/index.md" in README.links
    assert f"{REPOSITORY}.github/CONTRIBUTING.md" in README.links


def shell_lines() -> list[str]:
    """Return the command lines of all pages."""
    blocks = [block.code for page in PAGES for block in page.blocks if block.language == "sh"]
    return [line.partition(" #")[0].strip() for code in blocks for line in code.splitlines() if line.strip()]


def test_every_script_that_a_page_names_is_there() -> None:
    """With its folder, as it is called."""
    named = {name.rstrip(".") for page in PAGES for name in re.findall(r"(?<![\w/])scripts/[\w./-]+", page.text)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_script_is_in_the_table_of_scripts() -> None:
    """Those without a suffix are for people."""
    scripts = {path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix}
    rows = Page("scripts/README.md").table("script")
    assert {code_in(row[0])[0].split()[0].removeprefix("scripts/") for row in rows} == scripts


def test_the_table_of_modules_is_complete() -> None:
    """Every module of the two lower layers has a line, and no line is about a module that is gone."""
    package = ROOT / "src" / "pyttributionio"
    named = {code for code in code_in(CONTRIBUTING.prose) if re.fullmatch(r"[\w/]+\.py", code)}
    rows = {code for row in CONTRIBUTING.table("module") for code in code_in(row[0])}
    assert {name for name in rows if not (package / name).exists()} == set()
    assert {
        name for name in named if "/" in name and not ((package / name).exists() or (ROOT / name).exists())
    } == set()
    modules = {f"{layer}/{path.name}" for layer in ("_core", "_http") for path in (package / layer).glob("[!_]*.py")}
    assert modules - named == set()


def test_every_extra_that_a_page_installs_is_there() -> None:
    """`pip` only warns of an extra that does not exist."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = [found.split(",") for page in PAGES for found in re.findall(r"pip install '[\w.]+\[([\w,]+)\]'", page.text)]
    assert named
    assert {name for names in named for name in names} <= set(extras)


def test_every_command_that_a_page_starts_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each subcommand of `pyttributionio` explains itself."""
    texts = [line for line in shell_lines() if line.startswith("pyttributionio ")]
    texts += [code for page in PAGES for code in code_in(page.prose) if code.startswith("pyttributionio ")]
    commands = {tuple(re.findall(r"[a-z]+", text)[1 : 3 if " outbox " in text else 2]) for text in texts}
    assert ("sandbox",) in commands
    assert ("outbox", "retry") in commands
    for command in commands:
        monkeypatch.setattr("sys.argv", ["pyttributionio", *command, "--help"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, command
    capsys.readouterr()


def arguments_of(kind: type[Any]) -> dict[str, Any]:
    """Return a constructor's arguments with their defaults."""
    parameters = inspect.signature(kind).parameters.values()
    return {each.name: each.default for each in parameters}


@pytest.mark.parametrize(("heading", "kind"), [("Client", Client), ("Client", AsyncClient), ("Outbox", Outbox)])
def test_settings_have_every_argument_with_its_default(heading: str, kind: type[Any]) -> None:
    """One row each; defaults that are no literals are described in words."""
    tables = [rows for head, *rows in DOCS["settings.md"].tables() if head[0] == "argument"]
    rows = tables[heading == "Outbox"]
    shown = {name: row[2] for row in rows for name in code_in(row[0])}
    wanted = arguments_of(kind)
    assert [*shown] == [*wanted]
    addresses = {"base_url": "https://attribution.io/api/v1", "tracking_url": "https://api.attribution.io"}
    for name, default in shown.items():
        if name in addresses:
            assert default == f"`{addresses[name]}`"
        elif default.startswith("`"):
            assert default == f"`{wanted[name]!r}`".replace("'", '"'), name


def test_settings_have_every_environment_variable() -> None:
    """Each that the package reads."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"PYTTRIBUTIONIO_[A-Z]+(?:_[A-Z]+)*", source))
    assert set(re.findall(r"PYTTRIBUTIONIO_[A-Z]+(?:_[A-Z]+)*", DOCS["settings.md"].text)) == read


def test_the_tree_of_errors_is_the_one_in_the_package() -> None:
    """Names, and which is below which."""
    (block,) = [block for block in DOCS["errors-and-retries.md"].blocks if block.language == "text"]
    above: list[type[BaseException]] = []
    shown: list[type[BaseException]] = []
    for line in block.code.splitlines():
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        found = getattr(pyttributionio, name)
        del above[depth:]
        assert not above or found.__bases__[0] is above[-1], name
        above.append(found)
        shown.append(found)
    exported = [getattr(pyttributionio, name) for name in pyttributionio.__all__]
    errors = {each for each in exported if isinstance(each, type) and issubclass(each, PyttributionioError)}
    assert set(shown) == errors
    assert APIError in errors


def test_every_kind_of_drift_has_a_row() -> None:
    """With its meaning."""
    rows = DOCS["models-and-types.md"].table("kind")
    assert [code_in(row[0]) for row in rows] == [[kind] for kind in get_args(DriftKind)]


def test_every_method_of_0_5_has_a_row() -> None:
    """With its replacement."""
    rows = DOCS["migrating.md"].table("0.5", "1.0")
    named = {found for row in rows for found in re.findall(r"`(\w+)\(", row[0])}
    methods = {name for name in vars(PyttributionIo) if name.startswith(("fetch_", "trigger_"))}
    assert named == methods | {"PyttributionIo"}


def test_every_class_of_customer_that_the_pages_name_is_there() -> None:
    """And CustomerWithAll has every collection."""
    named = {name for page in PAGES for name in re.findall(r"\bCustomerWith\w+", page.text)}
    assert all(hasattr(pyttributionio, name) for name in named)
    assert {"pageviews", "touchpoints", "events", "identities"} <= set(CustomerWithAll.model_fields)
