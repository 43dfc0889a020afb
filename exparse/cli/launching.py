"""What is said and asked before a recorded program is started, and what it came to."""

from __future__ import annotations

from textwrap import wrap

from exparse.errors import ExparseError
from exparse.launch.code import CHOICES
from exparse.launch.unlike import few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterable

    from exparse.cli.output import Output
    from exparse.launch.going import Gone
    from exparse.launch.plan import Plan
    from exparse.launch.unlike import Unlike
    from exparse.store.run import Run

_WIDEST = 80
_COMMAND, _IN, _CODE, _HERE, _LINKED = "  command  ", "  in       ", "  code     ", "  here     ", "  linked   "
# What differs, by a name that stands for several things.
_SEVERAL = ("packages", "inputs", "gpus")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what every verb takes that starts recorded programs."""
    parser.add_argument(
        "--code", choices=CHOICES,
        help="which code runs; default: the recorded one, in a tree of its own where it is not what is here",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only show what would run, and what differs now")
    parser.add_argument("--yes", action="store_true", help="ask nothing: what somebody else recorded runs as well")


def screen(plan: Plan, doing: str, to: Output) -> None:
    """Show what is about to run, where, and by which code."""
    to.note(f"{doing} ({plan.run.name})")
    to.note(f"{_COMMAND}{plan.command}", len(_COMMAND))
    to.note(f"{_IN}{plan.cwd}", len(_IN))
    tell_code(plan, to)
    for note in [*plan.notes, *(plan.code.tree.notes if plan.code.tree is not None else ())]:
        to.warn(note)
    for hint in plan.hints:
        to.note(hint)
    tree = plan.code.tree
    if tree is not None and tree.linked:
        whose = f"from {tree.top}, to read" if tree.is_foreign else "from your folder, also for writing"
        to.note(f"{_LINKED}{whose}: {few(tree.linked, 5)}", len(_LINKED))


def tell_code(plan: Plan, to: Output) -> None:
    """Say which code a plan runs, and which is here, in lines that fit."""
    room = max(min(to.width or _WIDEST, _WIDEST) - len(_CODE), len(_CODE))
    for head, text in ((_CODE, plan.code.note), (_HERE, plan.code.here)):
        for at, line in enumerate(wrap(text, room, break_long_words=False, break_on_hyphens=False)):
            to.note(f"{' ' * len(head) if at else head}{line}", len(head))


def compared(plan: Plan, to: Output) -> list[Unlike]:
    """Show what is not as it was, and return it; a recorded interpreter that is not ours is started for that."""
    from exparse.launch import present

    code, tree = None if plan.code.is_as_recorded else plan.code.now, plan.code.tree
    laid = tree.path if tree is not None else None
    found = present.differences(plan.run, code, plan.python, plan.cwd, plan.code.places, laid)
    if found:
        from exparse.cli import unlike_now

        unlike_now.draw(found, to)
    return found


def agreed(plan: Plan, dry: bool, strict: bool, yes: bool, to: Output) -> bool:
    """Return whether a plan is to be carried out, once all is shown and asked that there is to be.

    Args:
        plan: The plan, of which :func:`screen` has shown the command.
        dry: Whether it is only shown.
        strict: Whether anything that is not as it was is refused.
        yes: Whether nothing is asked.
        to: Where is shown and asked.

    Raises:
        ExparseError: If something differs and may not, or nobody is there to be asked.
    """
    from exparse.launch import consent, interpreter

    # What somebody else's run names as its interpreter is a program of theirs, too; to show a plan starts nothing.
    is_safe = yes or interpreter.is_ours(plan.python) or (not dry and consent.stranger(plan.run) is None)
    if not is_safe and dry:
        plan.notes.append("its interpreter was not asked what differs now: that would start it (--yes does)")
        to.warn(plan.notes[-1])
    unlike = compared(plan, to) if is_safe else []
    if strict and (is_safe or dry):
        check_strictly(plan, unlike)
    if dry and plan.is_added:
        to.note("the words behind RUN were not checked: only the script can, when it runs")
    if dry or not consented([plan.run], yes, to):
        return False
    if not is_safe:
        unlike = compared(plan, to)
        if strict:
            check_strictly(plan, unlike)
    return True


def check_strictly(plan: Plan, unlike: list[Unlike]) -> None:
    """Refuse to start what would not be what was recorded.

    Raises:
        ExparseError: If anything differs.
    """
    names = list(dict.fromkeys(one.what for one in unlike))
    tree = plan.code.tree
    notes = [*plan.notes, *(tree.notes if tree is not None else ())]
    if names or notes:
        is_one = len(names) == 1 and names[0] not in _SEVERAL
        told = f"{', '.join(names)} differ{'s' if is_one else ''}" if names else notes[0]
        raise ExparseError(f"--strict: run {plan.run.id} is not made again as it was: {told}. Leave out --strict")


def consented(runs: Iterable[Run], yes: bool, to: Output, show: Callable[[Run], object] | None = None) -> bool:
    """Return whether what others recorded may run here: asked once for all of them, unless ``yes``.

    Args:
        runs: The runs, also those of this user, who is not asked about them.
        yes: Whether nothing is asked.
        to: Where it is asked.
        show: Shows what would run of one of them; None where that has been shown.

    Raises:
        ExparseError: If nobody is there to be asked.
    """
    from exparse.launch import consent

    strange = [(run, why) for run in runs if (why := consent.stranger(run))]
    if not strange or yes:
        return True
    for run, why in strange:
        to.note(f"run {run.id} was {why}")
        if show is not None:
            show(run)
    answer = to.agrees("Run what was recorded there, with your rights?")
    if answer is None:
        raise ExparseError("nobody is at a terminal to be asked. Read the command above, then add --yes to run it")
    return answer


def nothing_run(dry: bool, to: Output) -> int:
    """Return the exit code where a plan was only shown, or not agreed to, which is said."""
    if not dry:
        to.note("nothing was run")
    return 0 if dry else 1


def tell_left(gone: Gone, to: Output) -> None:
    """Say where that lies now which the program left in a tree that is not its own."""
    if not gone.left:
        return
    to.note(f"what it left in the tree lies in {gone.where}: {few(gone.left)}")
