"""Test the sandbox with the published wrapper, pyttributionio 0.5: all eight of its methods.

The wrapper runs in an environment of its own, because it has the name of this package, and talks to a sandbox of
this process. Its results are compared with those that its users had from the vendor: the wrapper was in production,
so the sandbox has to serve it as the vendor does.
"""

import json
import subprocess
import sys

from pyttributionio.sandbox import Sandbox
from tasks.environment import CONSTRAINTS, ROOT, install, requirements

COLLECTIONS = ("pageviews", "touchpoints", "events", "identities")
PROGRAM = """
import json, sys
from pyttributionio.pyttributionio import PyttributionIo

PyttributionIo.PRIVATE_API_URL, PyttributionIo.PUBLIC_API_URL, key, secret = sys.argv[1:]
wrapper = PyttributionIo(key, secret)
answers = {
    "trigger_identity": wrapper.trigger_identity("visitor-7", client_id="customer-42", user_agent="Firefox"),
    "trigger_event": wrapper.trigger_event(
        "visitor-7", "ev_signup", client_id="customer-42", user_agent="Firefox", last_url="https://shop.example/"
    ),
}
for name in ("base", "pageviews", "touchpoints", "events", "identities", "full"):
    answers["fetch_customer_info_" + name] = getattr(wrapper, "fetch_customer_info_" + name)("customer-42")
print(json.dumps(answers))
"""


def call_all(python: str) -> dict[str, object]:
    """Call all eight methods in the wrapper's environment, and return the result of each."""
    with Sandbox() as sandbox:
        sandbox.add_pageview("visitor-7", "https://shop.example/?utm_source=google&utm_medium=cpc")
        addresses = (sandbox.base_url, sandbox.tracking_url + "/")  # the wrapper's constant ends with a slash
        command = (python, "-I", "-c", PROGRAM, *addresses, sandbox.api_key, sandbox.api_secret)
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    if ended.returncode:
        sys.exit(f"The old wrapper failed:\n{ended.stderr}")
    answers: dict[str, object] = json.loads(ended.stdout)
    return answers


def wrong(answers: dict[str, object]) -> list[str]:
    """Return the methods whose result differs from the one that the wrapper's users had."""
    expected = {name: {name} for name in COLLECTIONS} | {"base": set[str](), "full": {*COLLECTIONS}}
    found = [name for name in ("trigger_identity",) if answers[name] != 200]
    # Since 0.2 it posts the identity with each event, and returns both status codes.
    found += [name for name in ("trigger_event",) if answers[name] != [200, 200]]
    for name, collections in expected.items():
        customer = answers[f"fetch_customer_info_{name}"]
        if not (
            isinstance(customer, dict)
            and customer["client_id"] == "customer-42"
            and {key for key in COLLECTIONS if customer.get(key)} == collections
        ):
            found.append(f"fetch_customer_info_{name}")
    return found


def main() -> int:
    """Set up the wrapper, call it, and compare."""
    wants = requirements("old-wrapper")
    parts = [sys.executable, *wants, CONSTRAINTS.read_text()]
    python = install(sys.executable, ROOT / ".venv-old", wants, CONSTRAINTS, parts, stamps=["old-wrapper"])
    answers = call_all(python)
    failed = wrong(answers)
    for name, answer in answers.items():
        print(f"{'FAILED' if name in failed else 'ok    '} {name}: {json.dumps(answer)[:100]}")
    print(f"{len(answers) - len(failed)} of {len(answers)} methods of pyttributionio 0.5 work against the sandbox.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
