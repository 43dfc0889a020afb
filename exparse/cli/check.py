"""``exparse check``: what is wrong with a root, and the repair of what is only derived."""

from __future__ import annotations

from exparse.cli import export, selection
from exparse.store import checks
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.finding import Finding
    from exparse.store.root import Root

NAME = "check"
ALIASES: list[str] = []
HELP = "look for what is wrong with the root; --repair puts links and left-overs right"
COMPLETES: tuple[str, ...] = ()
EXAMPLES = """\
examples:
  exparse check                 says what is wrong, and what to do about it
  exparse check --repair        mends what can be made anew without a loss
  exparse check --format json   for programs; exit code 1 if anything is wrong

Repaired are links, the counter, missing folders, and what killed processes
left: drafts, staging, halves of purges. Params, metadata, states, and files
of yours are told, and never touched.
"""
FORMATS = ("text", "json")
_MOST_OF_A_KIND = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("--repair", action="store_true", help="put right what is only derived")
    parser.add_argument("-a", "--all", action="store_true", help="every finding, however many there are of a kind")
    parser.add_argument("--format", choices=FORMATS, default="text", dest="form", help="default: text")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return check(find(args.root, is_damaged_allowed=True), args.repair, args.all, args.form, to)


def check(root: Root, repair: bool, show_all: bool, form: str, to: Output) -> int:
    """Print what is wrong with a root.

    Args:
        root: The root.
        repair: Whether what is only derived is put right.
        show_all: Whether each finding is printed, however many there are of a kind.
        form: One of :data:`FORMATS`.
        to: Where to print.

    Returns:
        0 where all is well, or is so now; 1 where something was found, or is left after the repair.
    """
    runs = checks.runs(root.folder)
    findings = list(checks.look(root.folder, to.counter(runs, "checking")))
    outcomes = [_mended(finding) if repair else None for finding in findings]
    left = [finding for finding, outcome in zip(findings, outcomes, strict=True) if outcome != ""]
    if form == "json":
        to.text(export.as_json(_as_object(root, runs, findings, outcomes)))
    else:
        _tell(findings, outcomes, show_all, to)
        to.line(_summary(runs, findings, left, repair))
    return 1 if left else 0


def _mended(finding: Finding) -> str | None:
    """Return "" where a finding was put right, why not where that failed, None where only a person can."""
    if finding.mend is None:
        return None
    try:
        finding.mend()
    except FileNotFoundError:
        return ""  # gone meanwhile: somebody else was quicker
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def _tell(findings: Sequence[Finding], outcomes: Sequence[str | None], show_all: bool, to: Output) -> None:
    told: dict[str, int] = {}
    for finding, outcome in zip(findings, outcomes, strict=True):
        told[finding.kind] = told.get(finding.kind, 0) + 1
        if show_all or told[finding.kind] <= _MOST_OF_A_KIND:
            to.line(_line(finding, outcome))
    for kind, number in told.items():
        if number > _MOST_OF_A_KIND and not show_all:
            to.line(f"and {number - _MOST_OF_A_KIND:,} more of the kind {kind!r}: --all shows them")


def _line(finding: Finding, outcome: str | None) -> str:
    if outcome == "":
        return f"{finding.path}: {finding.what}: repaired"
    if outcome is not None:
        return f"{finding.path}: {finding.what}. The repair failed: {outcome}"
    return f"{finding.path}: {finding.what}. {finding.cure}"


def _summary(runs: int, findings: Sequence[Finding], left: Sequence[Finding], repaired: bool) -> str:
    looked = f"{selection.count(runs)} checked"
    if not findings:
        return f"{looked}: all is well"
    if repaired:
        done = f"{selection.count(len(findings) - len(left), 'finding')} repaired"
        return f"{looked}: {done}, {len(left):,} left" if left else f"{looked}: {done}, all is well now"
    mendable = sum(finding.mend is not None for finding in findings)
    hint = f", {mendable:,} of them for --repair" if mendable else ""
    return f"{looked}: {selection.count(len(findings), 'finding')}{hint}"


def _as_object(root: Root, runs: int, findings: Sequence[Finding], outcomes: Sequence[str | None]) -> dict[str, object]:
    return {
        "root": root.folder,
        "runs": runs,
        "findings": [
            {
                "kind": finding.kind,
                "path": finding.path,
                "what": finding.what,
                "cure": finding.cure,
                "repairable": finding.mend is not None,
                "repaired": outcome == "",
                "problem": outcome or None,
            }
            for finding, outcome in zip(findings, outcomes, strict=True)
        ],
    }
