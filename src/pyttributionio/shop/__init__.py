"""The sandbox's example: a sock shop whose back end uses the SDK.

It imports the SDK's public face and nothing else of this package, as any shop would; `_tracking` is the part to
read. `pyttributionio sandbox` serves it. Needs the extra: `pip install 'pyttributionio[sandbox]'`.
"""

try:
    from ._app import create_shop
except ModuleNotFoundError as _error:
    # Only the extra's own package: any other missing module is a fault to be seen as it is.
    if (_error.name or "").partition(".")[0] != "starlette":
        raise
    _hint = "The example shop needs Starlette: pip install 'pyttributionio[sandbox]'"
    raise ImportError(_hint) from _error

__all__ = ["create_shop"]

# Reprs and tracebacks name the function as users import it.
create_shop.__module__ = __name__
