"""Compare real answers with schemas/, and propose what to change there. Uses names and types, never values.

ANSWER.json is a saved answer ({"customer": {...}}, or the answer to a post: {"event": {...}}, {"identity": {...}}),
a customer alone, a list of them, JSON lines, or a file that --shapes wrote. The output is the drift as a table, then
the proposed change as a diff. The proposal only adds: new properties with the types that were seen, "observed"
instead of "assumed", further types. Review it: write descriptions for the new properties, run
scripts/generate-models, and grade them in tests/support/contract.py.

Exit code: 0 if there is nothing to propose or it was written, 1 if there is a proposal, 2 for an error.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyttributionio import Client, PyttributionioError
from pyttributionio._core.drift_report import aligned
from tasks.answer_shapes import ROOTS, NoAnswerError, Shapes, parsed, read_file
from tasks.environment import ROOT
from tasks.generate_models import read_schemas
from tasks.include_choices import INCLUDE_FLAG, Schemas
from tasks.schema_proposal import Finding, Proposal, SchemaError


def see_files(shapes: Shapes, files: Sequence[Path], known: frozenset[str]) -> int:
    """Add the answers in files to the shapes; return how many there were."""
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
    """Read customers with the credentials of the environment; yield each collection that was requested and not sent."""
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
        yield Finding(f"customer.{name}", "missing", "", "nothing: the vendor may omit an empty one")


def text_of(schema: object) -> str:
    """Return a schema in the format of the files in schemas/."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def changes(before: Schemas, after: Schemas) -> Iterator[tuple[str, str]]:
    """Yield each file that changes, with the difference as a patch."""
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
    print(f"{count} {'answer' if count == 1 else 'answers'} read\n")
    if findings:
        rows = [[finding.path, finding.drift, finding.seen, finding.proposed] for finding in findings]
        print("\n".join(aligned([["path", "drift", "seen (times)", "proposed"], *rows])), end="\n\n")
    for _, difference in differences:
        print(difference)


def conclude(proposal: Proposal, files: Sequence[str], folder: Path, *, write: bool) -> int:
    """Write the proposal if that is asked for, print the next step as the last line, and return the exit code."""
    listed = ", ".join(files)
    by_hand = sum(finding.proposed.startswith("nothing") for finding in proposal.findings)
    rest = f" ({by_hand} in the table to decide by hand)" if by_hand else ""
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
    """Read the answers, compare, print, and write what is asked for."""
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
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/learn-schema", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("answers", metavar="ANSWER.json", nargs="*", type=Path, help="saved answers")
    parser.add_argument(
        "--live",
        metavar="CLIENT_ID",
        action="append",
        default=[],
        help="read this customer with PYTTRIBUTIONIO_API_KEY and PYTTRIBUTIONIO_API_SECRET; save no values",
    )
    parser.add_argument(
        "--shapes", metavar="FILE", type=Path, help="save names and types without values, so that they can be shared"
    )
    parser.add_argument("--write", action="store_true", help="change the files in schemas/")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree whose schemas/ to compare with")
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
