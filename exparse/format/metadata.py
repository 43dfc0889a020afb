"""``metadata.json``: facts about one execution, fixed at its start.

=========== ======= =================================================================================
key         type    meaning
=========== ======= =================================================================================
id          int     number of the run, unique in its root, never used again
name        str     name of the run's folder
label       str     what ``--name`` said, or null
uuid        str     128 random bits in hexadecimal: the run's identity in copies of a root
started     str     ISO 8601 with microseconds and the offset from UTC
prog        str     the parser's ``prog``
command     list    sub-commands taken, outermost first
argv        list    the arguments as they were given, secrets masked
rest        list    arguments that ``parse_known_args`` handed back
given       list    params that the command line set
config      list    absolute paths of the files that ``--config`` and the default files named, in order
script      str     absolute path of the main script, or null
cwd         str     working folder, or null where it was gone
python      str     version of the interpreter
executable  str     path of the interpreter
platform    str     ``sys.platform``
host        str     name of the machine
user        str     login name, or the numeric id
process     object  pid, start (clock ticks since boot), boot (id), namespace (of pids): who wrote this
exparse     str     version of exparse
typed       list    the whole command line as the interpreter got it (``python -m ...``), secrets masked
description str     what the run is for, in the user's words, or null
tags        list    tags at the start
parents     list    runs that it comes from: names, or folders of another root
run_id      str     what ``--run-id`` said
capture     str     ``sys``, ``fd`` or ``off``
defaults    object  default of each param, as far as plain text can tell
sources     object  where the value of each param came from: ``command line``, ``default``, ``config PATH``, ...
cores       int     processor cores that the program may use, or null
memory      int     memory of the machine in bytes, or null
environment object  variables of the allow-list that are set
scheduler   object  kind and job (Slurm, PBS, LSF, Grid Engine), and more of it
launcher    object  kind, rank, world: this process's seat in a parallel job
heartbeat   int     a file of the run is touched every so many seconds while it runs
git         object  code: commit, branch, dirty, ...; null without git
packages    int     number of installed packages (``packages.txt``)
source      object  of ``source.zip``: ``files``, ``bytes``, ``left_out``; null without one
by          str     what the params are of: left out for a parser; ``start`` (``exparse.start``) or ``argv``: the
                    bare arguments of a program that ``exparse run`` knows nothing of
runner      object  ``kind`` (``script``, ``module``, ``command``) and ``target``: what ``exparse run`` was told to run
rerun_of    str     the run that this one repeats: its name, or its folder in another root
tree        str     folder in which the recorded code was laid out for this run; ``script`` and ``cwd`` name what it
                    stands for
rendered    list    the arguments that give the same params without any saved file; left out where ``argv`` does
inputs      object  by path, files that params of the type ``input_file`` name: ``param``, ``bytes``, ``mtime``,
                    ``sha256``, ``why`` where that is null
outputs     object  likewise of ``output_file``, as they were at the end
unlisted    int     number of further such files; 1,000 are listed
cells       int     number of cells of a notebook in ``cells.py``
cpu         str     model of the processor, or null
gpus        list    names of the graphics processors
=========== ======= =================================================================================

``git``, ``packages``, ``source``, ``inputs``, ``cpu`` and ``gpus`` are found out beside the program's start; until its
end they stand in ``facts.json``. ``run_id``, ``scheduler``, ``launcher``, ``heartbeat`` and those from ``by`` to
``cells`` are there only where they apply.
"""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.format.status import read_object
from exparse.format.text import json_document
from exparse.format.version import FORMAT_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def document(metadata: dict[str, Any]) -> str:
    """Return the text of a ``metadata.json``."""
    return json_document({"format": FORMAT_TEXT, **metadata})


def parse(text: str, path: str) -> dict[str, Any]:
    """Return what a ``metadata.json`` says; keys that this version does not know are kept.

    Raises:
        DamagedFile: If it is no such document.
        UnsupportedFormat: If it is one of another major format.
    """
    metadata = read_object(text, path)
    if type(metadata.get("id")) is not int:
        raise DamagedFile(path, "it says no id")
    return metadata


def parse_facts(text: str, path: str) -> dict[str, Any]:
    """Return what a ``facts.json`` says: keys of the metadata that were found out beside the program's start.

    Raises:
        DamagedFile: If it is no JSON object.
    """
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DamagedFile(path, f"no JSON: {problem}") from None
    if not isinstance(found, dict):
        raise DamagedFile(path, "a JSON object is expected")
    return {key: value for key, value in found.items() if key not in ("format", "id")}
