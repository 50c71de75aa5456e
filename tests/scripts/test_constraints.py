"""The constraints files of scripts/: every package of a group is pinned, and the lowest are the lower bounds."""

import re
from itertools import chain

import pytest

from tasks.environment import CONSTRAINTS, SCRIPTS, read_project, requirements

LOWEST = SCRIPTS / "constraints-lowest.txt"


def normalised(name: str) -> str:
    """Return the name of a package as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(text: str) -> list[str]:
    """Return the lines of a constraints file without comments."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def pins(text: str) -> dict[str, set[str]]:
    """Return the versions in a constraints file by package; some have one for each range of Python's versions."""
    found: dict[str, set[str]] = {}
    for line in lines(text):
        name, _, version = line.partition(";")[0].strip().partition("==")
        found.setdefault(normalised(name), set()).add(version)
    return found


def wanted(*groups: str) -> dict[str, str]:
    """Return the requirements of the package and of some groups, by package."""
    project = read_project()["project"]
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    found = [*dependencies, *chain.from_iterable(extras.values()), *chain.from_iterable(map(requirements, groups))]
    found = [line for line in found if not line.startswith("pyttributionio")]
    return {normalised(re.split(r"[^A-Za-z0-9._-]", line)[0].strip()): line for line in found}


def test_every_package_of_a_group_is_pinned() -> None:
    """So that a new release of a tool changes no result."""
    assert wanted("dev").keys() - pins(CONSTRAINTS.read_text()).keys() == set()


def test_lowest_versions_are_the_lower_bounds() -> None:
    """Of all packages that users install, and of the test tools in the file."""
    bounds = {name: re.search(r">=([^,;]+)", line) for name, line in wanted("test").items()}
    lowest = pins(LOWEST.read_text())
    users = wanted().keys()
    assert users - lowest.keys() == set()
    for name, versions in lowest.items():
        (version,) = versions
        bound = bounds[name]
        assert bound, name
        assert version == bound[1] or re.fullmatch(rf"{re.escape(bound[1])}(\.0)+", version), name


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-lowest.txt", "constraints-bench.txt"])
def test_constraints_are_names_and_versions(name: str) -> None:
    """No addresses: each machine has its own index."""
    pattern = r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+(; python_version [<>=]+ \"3\.[0-9]+\")?"
    assert [line for line in lines((SCRIPTS / name).read_text()) if not re.fullmatch(pattern, line)] == []
