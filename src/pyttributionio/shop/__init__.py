"""The example shop of the sandbox: a sock shop whose back end uses the SDK.

It imports only the public names of the SDK, like any other shop. The module to read is `_tracking`.
`pyttributionio sandbox` serves the shop. It needs the extra: `pip install 'pyttributionio[sandbox]'`.

- `_app`: the routes; `_forms`: reading and checking forms; `_pages`: HTML from the templates in `web/`.
- `_asgi`: the type of an application.
- `_products`: the products and the ads, from tables; `_files`: reading files; `_tracking`: the calls of the SDK.
"""

try:
    from ._app import create_shop
except ModuleNotFoundError as _error:
    # Only for the package of the extra: another missing module is another problem.
    if (_error.name or "").partition(".")[0] != "starlette":
        raise
    _hint = "The example shop needs Starlette: pip install 'pyttributionio[sandbox]'"
    raise ImportError(_hint) from _error

__all__ = ["create_shop"]

# Reprs and tracebacks show the name as users import it.
create_shop.__module__ = __name__
