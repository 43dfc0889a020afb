"""``exparse completion``: a script that teaches a shell the verbs, their options, and the names in a root."""

from __future__ import annotations

from exparse.cli import shells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output

NAME = "completion"
ALIASES: list[str] = []
HELP = "print a completion script for a shell"
COMPLETES: tuple[str, ...] = ()
EXAMPLES = """\
examples:
  eval "$(exparse completion bash)"    in ~/.bashrc
  eval "$(exparse completion zsh)"     in ~/.zshrc, after compinit
  exparse completion fish > ~/.config/fish/completions/exparse.fish
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("shell", choices=sorted(shells.SCRIPTS), help="which one")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return completion(args.shell, to)


def completion(shell: str, to: Output) -> int:
    """Print the script for one of the shells of :data:`exparse.cli.shells.SCRIPTS`; return 0."""
    from exparse.cli.main import make_parser, verbs

    to.text(shells.SCRIPTS[shell](shells.words_of(make_parser(), verbs())))
    return 0
