"""A local Attribution.io: the contract's three calls over real HTTP on loopback, kept in SQLite.

Written from the wire contract alone and importing nothing else of this package, so that talking to
it proves something. Needs the extra: `pip install 'pyttributionio[sandbox]'`.
"""

try:
    from pyttributionio.sandbox._sandbox import Sandbox
    from pyttributionio.sandbox.api.account import Account
    from pyttributionio.sandbox.api.recorder import ReceivedRequest
    from pyttributionio.sandbox.faults.faults import Fault, FaultRule, Faults
except ModuleNotFoundError as _error:
    # Only the extra's own packages: any other missing module is a fault to be seen as it is.
    if (_error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
        raise
    _hint = "The sandbox needs Starlette and uvicorn: pip install 'pyttributionio[sandbox]'"
    raise ImportError(_hint) from _error

__all__ = ["Account", "Fault", "FaultRule", "Faults", "ReceivedRequest", "Sandbox"]

# Reprs and tracebacks name the classes as users import them.
for _public in (Account, Fault, FaultRule, Faults, ReceivedRequest, Sandbox):
    _public.__module__ = __name__
del _public
