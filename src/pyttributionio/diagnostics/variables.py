"""The environment variables of the SDK, and names that look like one of them."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from pyttributionio.diagnostics.findings import Finding

KNOWN_VARIABLES: Final = (
    "PYTTRIBUTIONIO_API_KEY",
    "PYTTRIBUTIONIO_API_SECRET",
    "PYTTRIBUTIONIO_BASE_URL",
    "PYTTRIBUTIONIO_DISABLED",
    "PYTTRIBUTIONIO_LOG",
    "PYTTRIBUTIONIO_NETWORK",
    "PYTTRIBUTIONIO_OUTBOX_DIRECTORY",
    "PYTTRIBUTIONIO_PROFILE",
    "PYTTRIBUTIONIO_SANDBOX_SECRET",
    "PYTTRIBUTIONIO_TRACKING_URL",
)
"""Every variable of the SDK and its tools. docs/settings.md describes each."""
_ON: Final = {"1", "true", "yes", "on"}
_PREFIX: Final = "PYTTRIBUTIONIO_"
_SIMILAR: Final = 0.8
"""The ratio of equal characters that a misspelt name has; ATTRIBUTION_API_KEY has less than this."""
_OURS: Final = re.compile(r"(?i)[a-z]*t?ribution_?io")


def check_variables() -> Iterator[Finding]:
    """Yield a finding for the variables that are set, and one for each misspelt name. Values are not shown."""
    known = [name for name in KNOWN_VARIABLES if name in os.environ]
    used = [name for name in known if os.environ[name]]
    yield Finding(
        "variables",
        "ok" if used else "note",
        f"set: {', '.join(used)}" if used else "no PYTTRIBUTIONIO_ variable is set",
        details=dict.fromkeys(used, "set"),
    )
    if os.environ.get("PYTTRIBUTIONIO_DISABLED", "").strip().lower() in _ON:
        yield Finding(
            "variables",
            "warning",
            "PYTTRIBUTIONIO_DISABLED is on: clients drop events and identities, and refuse reads",
            "remove it where events are wanted",
        )
    for name in known:
        if name not in used:
            yield Finding(
                "variables",
                "note",
                f"{name} is set, and empty: that counts as not set",
                "give it a value, or remove it",
                details={name: "empty"},
            )
    for name in sorted({*os.environ} - {*KNOWN_VARIABLES}):
        if (finding := _of_unknown(name)) is not None:
            yield finding


def _of_unknown(name: str) -> Finding | None:
    """Return a finding if a name is probably a misspelt one of ours."""
    upper = name.upper()
    if not _OURS.match(upper):
        return None
    near = get_close_matches(upper, KNOWN_VARIABLES, n=1, cutoff=_SIMILAR)
    if not near and not upper.startswith(_PREFIX):
        return None
    right = near[0] if near else None
    advice = f"rename it to {right}" if right else f"the known names are {', '.join(KNOWN_VARIABLES)}"
    return Finding(
        "variables",
        "warning",
        f"{name} is set, and no variable of the SDK has this name",
        advice,
        details={name: "unknown", "nearest": right},
    )
