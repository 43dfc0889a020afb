"""A run of a program by its bare arguments: all that is known of one before it parses them, if it ever does."""

from __future__ import annotations

import os
import sys

from exparse.record.begin import begin
from exparse.record.facts import MASK
from exparse.record.live import set_current
from exparse.record.markers import may_hold
from exparse.record.names import says_secret
from exparse.record.record import Record
from exparse.record.runner import Runner, set_runner
from exparse.record.wish import Wish, level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.parse.asked import Asked
    from exparse.parse.settings import Settings


def record(words: Sequence[str], typed: Sequence[str]) -> Record:
    """Return what there is to say of a program: its arguments as they are, but for the secrets among them.

    Args:
        words: The program and its arguments.
        typed: The whole command line.
    """
    argv = [arg for arg in words[1:] if isinstance(arg, str)]
    shown, whole, secrets = argv, list(typed), list[str]()
    if may_hold("\n".join(argv)) or any(says_secret(arg.partition("=")[0]) for arg in argv if arg[:1] == "-"):
        from exparse.record import hidden

        secrets = hidden.keep_back({}, argv)[2]
        shown = hidden.line(argv, secrets)
        masked = [arg for arg, said in zip(argv, shown, strict=True) if said.endswith(MASK)]
        secrets += [arg.partition("=")[2] if arg[:1] == "-" and "=" in arg else arg for arg in masked]
        secrets = sorted(set(secrets), key=len, reverse=True)
        # What stands behind an option of such a name may stand elsewhere, too.
        shown = hidden.line(argv, secrets)
        whole = hidden.line(whole, secrets)
    facts = {
        "prog": os.path.basename(words[0]),
        "command": [],
        "typed": whole,
        "argv": shown,
        "rest": [],
        "given": ["args"] if argv else [],
        "config": [],
        "by": "argv",
    }
    return Record({"args": shown}, {}, {}, facts, secrets)


def wish(asked: Asked, settings: Settings, whole: bool, capture: str | None = None) -> Wish:
    """Return how a run by its arguments is to be recorded.

    Args:
        asked: What own options and environment ask for.
        settings: What stood before the program beside that.
        whole: Whether no parse can come that knows more.
        capture: How the output is captured where nobody says; None for what is usual.
    """
    is_said = settings.capture or os.environ.get("EXPARSE_CAPTURE", "").strip()
    return Wish(
        label=asked.label,
        tmp=asked.tmp,
        zfill=settings.zfill,
        description=asked.description,
        tags=asked.tags,
        capture=capture if capture is not None and not is_said else level(settings.capture),
        source=settings.source,
        git_clean=asked.git_clean and not asked.git_dirty,
        resume=asked.resume,
        run_id=asked.run_id,
        whole=whole,
        needed=asked.needed,
    )


def begin_here(run_by: Runner, asked: Asked, settings: Settings) -> None:
    """Begin the run of the program that this process is about to run, and lend it to the parse that may come.

    Where an earlier run is sought that the new one equals, and an earlier run of these very arguments was parsed, the
    run begins with the parse: what it equals is known by then, and no number is taken for nothing.

    Raises:
        ExparseError: If it must be recorded and cannot be.
    """
    set_runner(run_by)
    if not asked.recording:
        return
    told = record(sys.argv, sys.orig_argv)
    if asked.needed or asked.resume or asked.run_id:
        from exparse.launch import waiting

        if waiting.is_parse_known_to_come(told, run_by, settings.root, asked.tmp):
            run_by.waits = True
            return
    run, recorder = begin(settings.root, told, wish(asked, settings, whole=False))
    set_current(run)
    run_by.lend(run, recorder)
