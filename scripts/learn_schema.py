"""Hold real answers against schemas/, and propose what to change there. Works on names and types, never on values.

ANSWER.json is a saved answer ({"customer": {...}}, or what a post was answered: {"event": {...}}, {"identity":
{...}}), a bare customer, a list of them, JSON lines, or a file that --shapes wrote. What is printed: the
drift as a table, then the proposed change as a diff. The proposal only adds: new properties with the types that
were seen, "observed" in place of "assumed", further types. It is for review: give the new properties their
descriptions, then run scripts/generate-models and grade them in tests/contract.py.

Exit code: 0 if there is nothing to propose or it was written, 1 if there is a proposal, 2 for an error.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from answer_shapes import ROOTS, NoAnswerError, Shapes, parsed, read_file
from generate_models import INCLUDE_FLAG, ROOT, Schemas, read_schemas
from pyttributionio import Client, PyttributionioError
from pyttributionio._core.drift_report import aligned
from schema_proposal import Finding, Proposal, SchemaError


def see_files(shapes: Shapes, files: Sequence[Path], known: frozenset[str]) -> int:
    """Take in the answers in files; return how many there were."""
    count = 0
    for file in files:
        try:
            for place, answer in read_file(file):
                shapes.see(answer, known, place)
                count += 1
        except NoAnswerError as error:
            raise NoAnswerError(f"{file}: {error}") from None
        except OSError as error:
            raise NoAnswerError(f"{file}: {error.strerror or 'it could not be read'}") from None
    return count


def see_live(shapes: Shapes, client_ids: Sequence[str], schemas: Schemas) -> Iterator[Finding]:
    """Read customers with the credentials of the environment; yield what was asked for and not sent."""
    properties = schemas[ROOTS["customer"]]["properties"]
    missing: set[str] = set()
    with Client() as client:
        for number, client_id in enumerate(client_ids, 1):
            raw = client.customers.with_raw_response.get(client_id, include="all")
            place = f"live answer {number}: "
            answer = parsed(raw.content, place)
            shapes.see(answer, frozenset(), place)
            customer = answer["customer"] if isinstance(answer, dict) else {}
            missing |= {name for name, rule in properties.items() if INCLUDE_FLAG in rule and name not in customer}
    for name in sorted(missing):
        yield Finding(f"customer.{name}", "missing", "", "nothing: an empty one may be left out")


def text_of(schema: object) -> str:
    """Return a schema as the files in schemas/ are written."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def changes(before: Schemas, after: Schemas) -> Iterator[tuple[str, str]]:
    """Yield each file that changes, with the difference as a patch would have it."""
    for name in sorted(after):
        old = text_of(before[name]) if name in before else ""
        if old != text_of(after[name]):
            source = f"a/schemas/{name}" if old else "/dev/null"
            lines = difflib.unified_diff(
                old.splitlines(True), text_of(after[name]).splitlines(True), source, f"b/schemas/{name}"
            )
            yield name, "".join(lines)


def show(count: int, findings: Sequence[Finding], differences: Sequence[tuple[str, str]]) -> None:
    """Print the drift as a table, and the proposed change as a diff."""
    print(f"{count} {'answer' if count == 1 else 'answers'} looked at\n")
    if findings:
        rows = [[finding.path, finding.drift, finding.seen, finding.proposed] for finding in findings]
        print("\n".join(aligned([["path", "drift", "seen (times)", "proposed"], *rows])), end="\n\n")
    for _, difference in differences:
        print(difference)


def conclude(proposal: Proposal, files: Sequence[str], folder: Path, *, write: bool) -> int:
    """Write the proposal if asked to, say in the last line what is to be done, and return the exit code."""
    listed = ", ".join(files)
    left = sum(finding.proposed.startswith("nothing") for finding in proposal.findings)
    rest = f" ({left} in the table to be judged by hand)" if left else ""
    if not files:
        print(f"Nothing to propose{rest or ': the answers fit the schemas'}.")
        return 0
    if not write:
        print(f"Proposed: changes to {listed}{rest}. Write them with --write.")
        return 1
    for name in files:
        (folder / name).write_text(text_of(proposal.schemas[name]), encoding="utf-8")
    print(f"Written: {listed}{rest}. Review them, then run scripts/generate-models.")
    return 0


def learn(arguments: argparse.Namespace) -> int:
    """Read, compare, print, and write what was asked for."""
    folder = arguments.root / "schemas"
    schemas = read_schemas(folder)
    shapes = Shapes()
    known = frozenset(schemas[ROOTS["customer"]]["properties"])
    count = see_files(shapes, arguments.answers, known) + len(arguments.live)
    missing = [*see_live(shapes, arguments.live, schemas)] if arguments.live else []
    proposal = Proposal.of(schemas, shapes)
    proposal.findings += missing
    differences = [*changes(schemas, proposal.schemas)]
    show(count, proposal.findings, differences)
    if arguments.shapes:
        arguments.shapes.write_text(shapes.to_json(), encoding="utf-8")
    return conclude(proposal, [name for name, _ in differences], folder, write=arguments.write)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="scripts/learn-schema", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("answers", metavar="ANSWER.json", nargs="*", type=Path, help="saved answers")
    parser.add_argument(
        "--live",
        metavar="CLIENT_ID",
        action="append",
        default=[],
        help="read this customer with PYTTRIBUTIONIO_API_KEY and PYTTRIBUTIONIO_API_SECRET, and save nothing of them",
    )
    parser.add_argument("--shapes", metavar="FILE", type=Path, help="save names and types, no values, to pass on")
    parser.add_argument("--write", action="store_true", help="change the files in schemas/")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree whose schemas/ to hold them against")
    arguments = parser.parse_args(words)
    if not arguments.answers and not arguments.live:
        parser.error("name a file with answers, or a customer to read with --live")
    try:
        return learn(arguments)
    except (NoAnswerError, SchemaError, PyttributionioError, ValueError) as error:
        print(f"learn-schema: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"learn-schema: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
