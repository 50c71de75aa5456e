"""Fault injection: requests that fail, or are answered wrongly, because the user asked for it.

- `faults`: the public classes `Fault`, `FaultRule` and `Faults`; `checks` has the checks of their arguments.
- `text`: rules read from the command line and from JSON, and written as JSON.
- `layer`: the ASGI layer that injects the faults.
"""
