"""The endings of a run, each many times: `scripts/bench endings` and `scripts/bench kills`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
PRINTED = (
    'import sys\nprint("out é")\nprint("err", file=sys.stderr, flush=True)\nprint("last", end="")\nsys.stdout.flush()\n'
)
# Source after the parse, the state it is to give, and the exit code in the status where it is known there.
MORE: dict[str, tuple[str, str, int | None]] = {
    "abort after output": (f"{PRINTED}import os\nos.abort()", "killed", None),
    "segfault after output": (f"{PRINTED}import faulthandler\nfaulthandler._sigsegv()", "killed", None),
    "a write by C, then abort": ("import os\nos.write(1, b'raw\\n')\nos.abort()", "killed", None),
    "a subprocess prints": (
        "import subprocess\nsubprocess.run(['echo', 'from below'])\nraise SystemExit(3)",
        "failed",
        3,
    ),
    "SIGTERM in a call of C": (
        "import os, signal, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-Sc', f'import os,time; time.sleep(.05); os.kill({os.getpid()}, 15)'])\n"
        "sum(range(10 ** 11))",
        "killed",
        None,
    ),
    "an own handler": (
        "import os, signal, sys\nsignal.signal(15, lambda *a: sys.exit(7))\nos.kill(os.getpid(), 15)",
        "failed",
        7,
    ),
    "real MemoryError": ("b = bytearray(1 << 62)", "failed", 1),
    "SIGINT from the kernel": ("import os, time\nos.kill(os.getpid(), 2)\ntime.sleep(5)", "interrupted", 130),
    "error in a daemon thread": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0, daemon=True)\nt.start()\nt.join()",
        "finished",
        0,
    ),
    "a daemon thread prints on": (
        "import threading\ndef f():\n    while True: open('/dev/null', 'w').write('x')\n"
        "threading.Thread(target=f, daemon=True).start()",
        "finished",
        0,
    ),
    "an error and an error in atexit": ("import atexit\natexit.register(int, 'x')\n1 / 0", "failed", 1),
    "a child lives on": ("import subprocess\nsubprocess.Popen(['sleep', '0.3'], stdout=-3, stderr=-3)", "finished", 0),
    "a forked child raises": (
        "import os\nif os.fork() == 0:\n    raise SystemExit(9)\nos.wait()\nprint('parent')",
        "finished",
        0,
    ),
    "a forked child is killed": (
        "import os\nif os.fork() == 0:\n    os.kill(os.getpid(), 15)\nos.wait()\nprint('parent')",
        "finished",
        0,
    ),
    "logging rows, then SIGKILL": (
        "import os\nfor n in range(9): print(n, flush=True)\nos.kill(os.getpid(), 9)",
        "lost",
        None,
    ),
}


def known_endings() -> tuple[str, dict[str, tuple[str, str, int | None]]]:
    """Return the head of a script, and the endings of the tests with some more: source, state, exit code."""
    sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests" / "record")]
    import test_endings as known  # type: ignore[import-not-found]

    found = {name: (source, state, code) for name, (source, state, code, _) in known.ENDINGS.items()}
    found.update({name: (source, state, None) for name, (source, state) in known.SUDDEN.items()})
    return known.PARSE, {**found, **MORE}


def _ran(script: Path, env: dict[str, str]) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [sys.executable, script.name], cwd=script.parent, env=env, stdin=subprocess.DEVNULL, capture_output=True
    )
    kept = [line for line in done.stderr.splitlines() if not line.lstrip().startswith((b"usage:", b"["))]
    # Of crashes, what faulthandler says of threads and modules differs by what is imported.
    return done.returncode, done.stdout, b"\n".join(kept[:1] if done.returncode < 0 else kept)


def _judged(
    ours: tuple[int, bytes, bytes], plain: tuple[int, bytes, bytes], root: Path, wanted: tuple[str, int | None]
) -> str:
    from exparse import Root

    runs = list(Root(root))
    if len(runs) != 1:
        return f"{len(runs)} runs"
    run, (state, code) = runs[0], wanted
    if ours != plain:
        return f"{ours} instead of {plain}"
    if run.problem or run.state != state:
        return f"{run.state} ({run.problem}) instead of {state}"
    if code is not None and run.status.exit_code not in (code, None):
        return f"exit code {run.status.exit_code} instead of {code}"
    return ""


def endings(folder: Path, env: dict[str, str], times: int, level: str, tell: Any) -> bool:
    """Let scripts end in every known way, each many times; return whether each was as without us, and told right."""
    head, known = known_endings()
    wrong = 0

    def once(name: str, turn: int) -> str:
        root = folder / f"root-{level}-{list(known).index(name)}-{turn}"
        _, state, code = known[name]
        return _judged(
            _ran(scripts[name], {**env, "EXPARSE_ROOT": str(root), "EXPARSE_CAPTURE": level}),
            plain[name],
            root,
            (state, code),
        )

    scripts, plain = {}, {}
    for place, (name, (source, _, _)) in enumerate(known.items()):
        own = folder / f"{level}-{place}"
        own.mkdir()
        scripts[name] = own / "main.py"
        scripts[name].write_text(head.format(module="argparse", name="ArgumentParser") + source)
        plain[name] = _ran(scripts[name], env)
        scripts[name].write_text(head.format(module="exparse", name="ExParser") + source)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in known:
            said = [text for text in pool.map(once, [name] * times, range(times)) if text]
            wrong += len(said)
            if said:
                tell(f"endings, capture={level}, {name!r}: {len(said)} of {times} wrong, such as {said[0]}")
    tell(f"endings, capture={level}: {len(known)} endings, {times} times each: {wrong} wrong")
    return not wrong


KILLED = """
import os, sys, time
side = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(side, b"start\\n")
from exparse import ExParser
parser = ExParser()
args = parser.parse_args()
run = args.run
os.write(side, b"parsed %s\\n" % run.name.encode())
for n in range(1_000_000):
    print("line", n, flush=True)
    os.write(side, b"line %d\\n" % n)
    run.log(loss=n, step=n)
    os.write(side, b"row %d\\n" % n)
    if n % 7 == 0:
        run.summary(n=n)
        os.write(side, b"summary %d\\n" % n)
    if n % 50 == 0:
        run.tag(f"t{n}")
        os.write(side, b"tag %d\\n" % n)
"""


def _last(said: list[list[str]], word: str) -> int:
    return max((int(parts[1]) for parts in said if parts[0] == word), default=-1)


def _survived(run: Any, said: list[list[str]]) -> str:
    """Return what is missing of what the script was told is there."""
    lines, rows = _last(said, "line"), _last(said, "row")
    printed = run.output().splitlines()
    if printed[: lines + 1] != [b"line %d" % n for n in range(lines + 1)]:
        return f"of {lines + 1} flushed lines {len(printed)} are there"
    table = run.metrics()
    steps = table["step"].tolist() if rows >= 0 else []
    if steps[: rows + 1] != list(range(rows + 1)):
        return f"of {rows + 1} rows {len(steps)} are there"
    if run.summary().get("n", -1) < _last(said, "summary"):
        return "the summary is older than what was said"
    if f"t{_last(said, 'tag')}" not in [*run.tags, "t-1"]:
        return "a tag is missing"
    return ""


def kills(folder: Path, env: dict[str, str], times: int, longest_s: float, seed: int, tell: Any) -> bool:
    """Kill scripts at random moments while they print and log; return whether all that they flushed is there."""
    from exparse import Root

    root, chance = folder / "root-kills", random.Random(seed)
    script = folder / "killed.py"
    script.write_text(KILLED)
    sides = [folder / f"side-{turn}" for turn in range(times)]
    for turn, side in enumerate(sides):
        more = {"EXPARSE_ROOT": str(root), "EXPARSE_CAPTURE": ["sys", "fd"][turn % 2]}
        process = subprocess.Popen([sys.executable, str(script), str(side)], env={**env, **more}, cwd=folder, stdout=-3)
        time.sleep(chance.random() * longest_s)
        process.kill()
        process.wait()
    time.sleep(2)  # what looks around beside a script ends by itself
    wrong, states, runs = [], {}, {run.name: run for run in Root(root).runs()}
    entries = set(os.listdir(root / "runs")) if (root / "runs").is_dir() else set()
    links = {name[:-5] for name in os.listdir(root / "index") if not name.startswith(".")}
    for name in entries - set(runs):
        wrong.append(f"{name} is half visible")
    for name in links - set(runs):
        wrong.append(f"the link {name} leads nowhere")
    for name, run in runs.items():
        states[run.state] = states.get(run.state, 0) + 1
        if run.problem or run.state not in ("lost", "killed") or run.params != {}:
            wrong.append(f"{name}: {run.state} {run.problem}")
    parsed = 0
    for side in sides:
        said = [line.split(" ") for line in (side.read_text() if side.exists() else "").splitlines()]
        names = [parts[1] for parts in said if parts[0] == "parsed"]
        for name in names:
            parsed += 1
            missing = _survived(runs[name], said) if name in runs else "is not there"
            if missing:
                wrong.append(f"{name}: {missing}")
    for text in wrong[:20]:
        tell(f"kills: {text}")
    tell(f"kills: {times} scripts killed, {parsed} after parse_args; runs by state {states}; wrong: {len(wrong)}")
    return not wrong
