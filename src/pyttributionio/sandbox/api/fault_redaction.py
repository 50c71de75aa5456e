"""Secrets are hidden in faults before they are shown: in a path, a method, a header or a value that the user gave."""

import json
from dataclasses import replace

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.faults.faults import Fault, FaultRule, Faults
from pyttributionio.sandbox.values.bodies import JSONValue


def hidden_fault(fault: Fault, redaction: Redaction) -> Fault:
    """Return a fault to show: the same one, or one with `REDACTED` in place of secrets."""
    retry_after, drift = fault.retry_after, fault.drift
    if isinstance(retry_after, str):
        retry_after = redaction.header("retry-after", retry_after)
    if drift is not None:
        drift = {redaction.value(name): _hidden(value, redaction) for name, value in drift.items()}
    return replace(
        fault,
        path=None if fault.path is None else redaction.pattern(fault.path),
        method=None if fault.method is None else redaction.method(fault.method),
        retry_after=retry_after,
        drift=drift,
    )


def _hidden(value: JSONValue, redaction: Redaction) -> JSONValue:
    if isinstance(value, dict):
        return {redaction.value(name): _hidden(member, redaction) for name, member in value.items()}
    if isinstance(value, list):
        return [_hidden(item, redaction) for item in value]
    text = json.dumps(value) if isinstance(value, int | float) else value
    return value if text is None or redaction.value(text) == text else redaction.value(text)


def hidden_rule(rule: FaultRule, redaction: Redaction) -> FaultRule:
    """Return a rule to show, without secrets."""
    return replace(rule, fault=hidden_fault(rule.fault, redaction))


class SandboxFaults(Faults):
    """The faults of a sandbox. Their text does not show the secrets of its accounts."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__()
        self._accounts = accounts

    def __repr__(self) -> str:
        redaction = self._accounts.redaction
        shown = "; ".join(str(hidden_rule(rule, redaction)) for rule in self.active)
        return f"<Faults: {shown or 'none'}>"

    def shown(self, fault: Fault) -> str:
        """Return a fault as text, without secrets."""
        return str(hidden_fault(fault, self._accounts.redaction))
