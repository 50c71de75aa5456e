"""A local Attribution.io: the API's three calls over real HTTP on loopback, kept in SQLite, with a web page.

It is written from the API's contract and imports nothing of the SDK, so that a test against it proves something.
It needs the extra: `pip install 'pyttributionio[sandbox]'`.

The way of a request through the folders:

1. `api/`: uvicorn passes it to the guard, which chooses the API or the page and refuses requests of other sites.
2. `api/`: for the API, the recorder reads the body within limits, and logs the request with its answer.
3. `faults/`: a fault may delay, replace or change the answer. `api/`: the application checks the credentials.
4. `values/` checks the posted objects; `store/` keeps them, and finds touchpoints by the rules of `attribution/`.
5. `page/`: for the page, its own application sends the files, and customers and logged requests as JSON.
"""

try:
    from pyttributionio.sandbox._sandbox import Sandbox
    from pyttributionio.sandbox.api.account import Account
    from pyttributionio.sandbox.api.recorder import ReceivedRequest
    from pyttributionio.sandbox.faults.faults import Fault, FaultRule, Faults
    from pyttributionio.sandbox.values.bodies import JSONValue as JSONValue  # get_type_hints(Fault) looks it up here
except ModuleNotFoundError as _error:
    # Only for the packages of the extra: another missing module is another problem.
    if (_error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
        raise
    _hint = "The sandbox needs Starlette and uvicorn: pip install 'pyttributionio[sandbox]'"
    raise ImportError(_hint) from _error

__all__ = ["Account", "Fault", "FaultRule", "Faults", "ReceivedRequest", "Sandbox"]

# Reprs and tracebacks show the names as users import them.
for _public in (Account, Fault, FaultRule, Faults, ReceivedRequest, Sandbox):
    _public.__module__ = __name__
del _public
