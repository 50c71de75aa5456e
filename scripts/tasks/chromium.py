"""The browser that tests/browser drives: find it, or install it where root may do so."""

import os
import shutil
import subprocess
import sys

VARIABLE = "PYTTRIBUTIONIO_TEST_BROWSER"
NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
"""Commands on PATH, and the usual places on macOS and Windows."""
WANTED = f"install Chromium (Debian: apt-get install chromium), or set {VARIABLE} to the program of one"


def find() -> str:
    """Return the path of Chromium or Chrome.

    Raises:
        FileNotFoundError: There is none; the message explains what to do.
    """
    named = os.environ.get(VARIABLE)
    candidates = [named] if named else NAMES
    for candidate in candidates:
        if program := shutil.which(candidate):
            return program
    reason = f"{VARIABLE} names no program: {named}" if named else "none was found"
    raise FileNotFoundError(f"the browser tests need a browser, and {reason}; {WANTED}")


def provide() -> None:
    """Install Chromium with apt-get if there is no browser and this is root; otherwise print what is missing."""
    try:
        find()
    except FileNotFoundError as error:
        if os.environ.get(VARIABLE) or not _may_install():
            print(error, file=sys.stderr, flush=True)
        else:
            _install()


def _may_install() -> bool:
    # Windows has no user ids.
    return shutil.which("apt-get") is not None and getattr(os, "geteuid", lambda: -1)() == 0


def _install() -> None:
    print("Installing Chromium for the browser tests (once; a minute or two) ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", "chromium", "fonts-liberation")):
        command = ("apt-get", "-qq", *arguments)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
            print(f"apt-get {arguments[0]} failed: {last}; {WANTED}", file=sys.stderr, flush=True)
            return
