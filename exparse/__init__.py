"""Every run of an argparse script, remembered in plain folders.

``from exparse import ExParser as ArgumentParser`` is all that a script changes. What is named here is loaded
at its first use: a training script pays for the parser and nothing else.
"""

from __future__ import annotations

import sys

from exparse.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentError

    from exparse import errors
    from exparse.parse.adopt import add_arguments, from_parser
    from exparse.parse.namespace import Namespace
    from exparse.parse.parser import ExParser
    from exparse.parse.types import boolean, input_file, optional, output_file
    from exparse.query.index import Index
    from exparse.record.hooks import register_hook
    from exparse.record.live import current_run
    from exparse.record.place import simpleroot
    from exparse.record.start import start
    from exparse.store.root import Root
    from exparse.store.run import Run

__all__ = [
    "ArgumentError",
    "ExParser",
    "Index",
    "Namespace",
    "Root",
    "Run",
    "__version__",
    "add_arguments",
    "boolean",
    "current_run",
    "errors",
    "from_parser",
    "input_file",
    "optional",
    "output_file",
    "register_hook",
    "simpleroot",
    "start",
]

_HOMES = {
    "ArgumentError": "argparse",
    "ExParser": "exparse.parse.parser",
    "Index": "exparse.query.index",
    "Namespace": "exparse.parse.namespace",
    "Root": "exparse.store.root",
    "Run": "exparse.store.run",
    "add_arguments": "exparse.parse.adopt",
    "boolean": "exparse.parse.types",
    "current_run": "exparse.record.live",
    "from_parser": "exparse.parse.adopt",
    "input_file": "exparse.parse.types",
    "optional": "exparse.parse.types",
    "output_file": "exparse.parse.types",
    "register_hook": "exparse.record.hooks",
    "simpleroot": "exparse.record.place",
    "start": "exparse.record.start",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # importlib would cost more than some of what it loads.
    module = __import__(_HOMES[name], fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _attach() -> None:
    """Let a worker that multiprocessing starts anew belong to the run of its program.

    It imports the main script again, and may touch nothing else of ours: what it prints would be lost.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is not None and getattr(process.current_process(), "_inheriting", False):
        from exparse.record.live import current_run

        current_run()


_attach()
