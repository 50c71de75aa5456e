"""All checks, in the order in which problems hide each other."""

from collections.abc import Iterator

from pyttributionio.diagnostics.account import check_read, check_settings
from pyttributionio.diagnostics.findings import Finding
from pyttributionio.diagnostics.network import check_server
from pyttributionio.diagnostics.outbox import check_outbox
from pyttributionio.diagnostics.servers import Target, check_certificates, check_proxies, check_urls
from pyttributionio.diagnostics.subject import Subject
from pyttributionio.diagnostics.variables import check_variables
from pyttributionio.diagnostics.versions import check_versions


def run(subject: Subject) -> Iterator[Finding]:
    """Examine the settings of a client and its outbox, and yield each finding when it is known.

    It sends a HEAD request for `/` to each of the two servers, and one read of a customer that cannot exist. It sends
    no event. Its own errors are findings.

    Args:
        subject: The settings.
    """
    yield check_versions()
    yield from check_variables()
    yield check_certificates()
    targets, findings = check_urls(subject)
    yield from findings
    yield from check_proxies(targets)
    yield from check_settings(subject)
    base: Target | None = None
    for target in targets:
        is_reachable, findings = check_server(target, subject.timeout)
        yield from findings
        if is_reachable and target.name.startswith("base_url"):
            base = target
    yield from check_read(subject, base)
    yield from check_outbox(subject.outbox_directory)
