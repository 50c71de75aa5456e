"""The resources of the client, generated: each is written once, blocking, in scripts/resources/.

Four classes are made of each: blocking and async, and for each a raw version that returns a `RawResponse`. A method
is its signature, its docstring and one statement, `return self._run(...)`, with the flow that does the work.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

_RAW = "The same calls, answered with status, headers and bytes in addition to the model."


@dataclass(frozen=True)
class Method:
    """One call of a resource.

    Attributes:
        name: What users call it.
        parameters: The text between the parentheses.
        result: The type of what it returns.
        doc: Its docstring, indented as in the source.
        flow: The expression that makes its flow.
        overloads: The parameters and the result of each overload.
    """

    name: str
    parameters: str
    result: str
    doc: str
    flow: str
    overloads: tuple[tuple[str, str], ...] = ()

    def overloads_source(self, *, is_raw: bool) -> str:
        """Return its overloads; `{define}` stands for the keywords."""
        lines = [
            f"    @overload\n    {{define}} {self.name}({parameters}) -> "
            f"{f'RawResponse[{result}]' if is_raw else result}: ...\n"
            for parameters, result in self.overloads
        ]
        return "".join(lines)


@dataclass(frozen=True)
class Kind:
    """One of the four classes.

    Attributes:
        is_async: Whether its methods are awaited.
        is_raw: Whether they return the raw response.
    """

    is_async: bool
    is_raw: bool

    @property
    def prefix(self) -> str:
        """The beginning of its name."""
        return "Async" if self.is_async else ""

    @property
    def define(self) -> str:
        """The keywords that define its methods."""
        return "async def" if self.is_async else "def"

    def returned(self, method: Method) -> str:
        """Return the expression that a method returns."""
        run = f"self._driver.run({method.flow})"
        if self.is_raw:
            return f"await {run}" if self.is_async else run
        return f"(await {run}).parse()" if self.is_async else f"{run}.parse()"


KINDS = (Kind(False, True), Kind(False, False), Kind(True, True), Kind(True, False))


@dataclass(frozen=True)
class Resource:
    """A resource as it is written in scripts/resources/."""

    title: str
    imports: str
    types: str
    name: str
    doc: str
    methods: tuple[Method, ...]


def read_resource(text: str, errors: Mapping[str, str] = MappingProxyType({})) -> Resource:
    """Read the source of a resource.

    Args:
        text: The source.
        errors: The section "Raises" by the method. It is added to a docstring that has none.

    Raises:
        ValueError: A method has another form than this module knows; the message names it.
    """
    tree = ast.parse(text)
    (node,) = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    found = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    imports = "\n".join(ast.unparse(each) for each in found if "resources" not in ast.unparse(each))
    place = node.name.lower()
    functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    overloads = [each for each in functions if _is_overload(each)]
    methods = tuple(
        _with_errors(_read_method(text, each, overloads), errors.get(f"{place}.{each.name}"))
        for each in functions
        if not _is_overload(each)
    )
    types = "\n".join(ast.unparse(each) for each in tree.body if isinstance(each, ast.Assign | ast.AnnAssign))
    return Resource(ast.get_docstring(tree) or "", imports, types, node.name, ast.get_docstring(node) or "", methods)


def _with_errors(method: Method, errors: str | None) -> Method:
    if errors is None or "        Raises:" in method.doc:
        return method
    return replace(method, doc=method.doc.removesuffix('"""').rstrip() + f'\n\n{errors}\n        """')


def _is_overload(node: ast.FunctionDef) -> bool:
    return [ast.unparse(each) for each in node.decorator_list] == ["overload"]


def _read_method(text: str, node: ast.FunctionDef, overloads: list[ast.FunctionDef]) -> Method:
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as doc, ast.Return(value=ast.Call(func=function, args=[flow]))]:
            if ast.unparse(function) == "self._run" and node.returns is not None:
                shown = ast.get_source_segment(text, doc) or ""
                listed = [
                    (ast.unparse(each.args), ast.unparse(each.returns))
                    for each in overloads
                    if each.name == node.name and each.returns is not None
                ]
                signature = ast.unparse(node.args), ast.unparse(node.returns)
                return Method(node.name, *signature, shown, ast.unparse(flow), tuple(listed))
        case _:
            pass
    raise ValueError(f"{node.name}: a method is a docstring and `return self._run(flow)`, and says what it returns")


def classes_source(resource: Resource, overloads: dict[tuple[str, bool], str]) -> str:
    """Return the four classes of a resource.

    Args:
        resource: As it was read.
        overloads: The overloads of a method by its name and whether they are for the raw class; `{define}` in them
            stands for the keywords.
    """
    return "\n\n".join(_class_source(resource, kind, overloads) for kind in KINDS)


def _class_source(resource: Resource, kind: Kind, overloads: dict[tuple[str, bool], str]) -> str:
    suffix = "WithRawResponse" if kind.is_raw else ""
    doc = _RAW if kind.is_raw else resource.doc.replace(", blocking", ", async") if kind.is_async else resource.doc
    lines = [f"class {kind.prefix}{resource.name}{suffix}({kind.prefix}Resource):", f'    """{doc}"""', ""]
    for method in resource.methods:
        listed = overloads.get((method.name, kind.is_raw)) or method.overloads_source(is_raw=kind.is_raw)
        lines.append(listed.replace("{define}", kind.define))
        result = f"RawResponse[{method.result}]" if kind.is_raw else method.result
        lines += [
            f"    {kind.define} {method.name}({method.parameters}) -> {result}:",
            f"        {_raw_doc(method) if kind.is_raw else method.doc}",
            f"        return {kind.returned(method)}",
            "",
        ]
    if not kind.is_raw:
        raw = f"{kind.prefix}{resource.name}WithRawResponse"
        lines += ["    @property", f"    def with_raw_response(self) -> {raw}:", f'        """{_RAW}"""']
        lines += [f"        return {raw}(self._driver, self._settings)", ""]
    return "\n".join(lines)


def _raw_doc(method: Method) -> str:
    """Return the docstring of the raw version: the first line, and what differs."""
    first = method.doc.removeprefix('"""').partition("\n")[0].rstrip(".")
    secret = ", or the client has no secret" if re.search(r"has no secret", method.doc) else ""
    return f'''"""{first}; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed{secret}; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """'''


_ASYNC_CLIENT = (
    ("blocking.\n", "async.\n"),
    (
        "Threads may share a client, and it works in a forked child.",
        "One client serves any number of tasks and event loops.",
    ),
    ("A client of your own", "An async client of your own"),
    ("a transport of httpx", "an async transport of httpx"),
    ("httpx.BaseTransport", "httpx.AsyncBaseTransport"),
    ("is_async=False", "is_async=True"),
    ("    def close(", "    async def close("),
    ("    def __enter__(", "    async def __aenter__("),
    ("    def __exit__(", "    async def __aexit__("),
    ("self._driver.close()", "await self._driver.close()"),
    ("        self.close()", "        await self.close()"),
)
"""What the async client says and does differently, apart from the names of classes."""


def async_client_source(text: str) -> str:
    """Return the module of the async client, made from the text of the blocking one.

    Raises:
        ValueError: One of the places that differ is not in the text; the message names it.
    """
    tree = ast.parse(text)
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom | ast.If)]
    (client,) = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Client"]
    made = ast.get_source_segment(text, client) or ""
    for blocking, changed in _ASYNC_CLIENT:
        if blocking not in made:
            raise ValueError(f"the text of Client has no {blocking!r}, so AsyncClient can't be made from it")
        made = made.replace(blocking, changed)
    resources = [
        name.name
        for each in imports
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("pyttributionio.resources.")
        for name in each.names
    ]
    made = re.sub(rf"\b({'|'.join(['Client', 'Driver', 'HTTPClient', *resources])})\b", r"Async\1", made)
    head = "\n".join(ast.unparse(each) for each in imports)
    head = re.sub(rf"\b({'|'.join(['Driver', 'HTTPClient', *resources])})\b", r"Async\1", head)
    return f"{head}\n\n\n{made}\n\n\nset_public_module(AsyncClient)\n"
