"""The versions of the SDK and the libraries that it stands on."""

import platform
import ssl

import httpcore
import httpx
import pydantic

from pyttributionio._shared.version import __version__
from pyttributionio.diagnostics.findings import Finding


def check_versions() -> Finding:
    """Return the versions."""
    found: dict[str, str | int | None] = {
        "pyttributionio": __version__,
        "httpx": httpx.__version__,
        "httpcore": httpcore.__version__,
        "pydantic": pydantic.VERSION,
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
        "system": f"{platform.system()} {platform.machine()}",
    }
    names = {"python": "Python", "openssl": "OpenSSL", "system": "on"}
    return Finding("versions", "ok", ", ".join(f"{names.get(k, k)} {v}" for k, v in found.items()), details=found)
