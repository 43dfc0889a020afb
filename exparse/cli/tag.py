"""``exparse tag``: a word about runs that stands in the runs themselves, and goes where they go."""

from __future__ import annotations

from exparse.cli import labelling
from exparse.errors import InvalidName
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root

NAME = "tag"
ALIASES: list[str] = []
HELP = "tag runs, or take a tag off them"
COMPLETES: tuple[str, ...] = ("tags", "runs")
EXAMPLES = """\
examples:
  exparse tag baseline 3 7
  exparse tag diverged --where "loss > 10 or loss is missing"
  exparse tag baseline 7 --remove
  exparse ls --tag baseline

A tag is kept in the run itself, as run.tag() of a script does; a mark is a
link in the root. The tag comes first, then the runs.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    labelling.add_arguments(parser, "TAG", "the tag")
    parser.add_argument("--remove", action="store_true", help="take it off")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return tag(find(args.root), args.word, labelling.asked(args), args.remove, to)


def tag(root: Root, word: str, wanted: Wanted, remove: bool, to: Output) -> int:
    """Put a tag on the runs that are asked for, or take it off, and say so; return 1 where a selector picked none.

    Raises:
        InvalidName: If it cannot be a tag; then nothing is done.
    """
    from exparse.record import about

    labelling.check_first(word, "tag")
    about.check_tag(word)
    if remove:
        told = f"no longer tagged {word}", f"not tagged {word} before"
        return labelling.label(root, wanted, lambda run: about.untag(run, word), *told, to)
    if word.isdecimal():
        raise InvalidName("the tag", word, "it is a number, as runs have; the tag comes first, then the runs")
    told = f"tagged {word}", f"tagged {word} before"
    return labelling.label(root, wanted, lambda run: about.tag(run, word), *told, to)
