"""Draw docs/_static/terminal.svg from what a terminal really says: ``python docs/make_picture.py``.

Runs docs/examples/digits.py and the command ``exparse`` in a temporary folder, so it needs the extra ``demo``.
Times and ages are those of the day; all else is the same each time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = 80

# What has been done before the picture begins, and what is seen in it.
BEFORE = (
    "python digits.py",
    "python digits.py --C 0.01",
    "python digits.py --model forest",
)
SEEN = (
    "python digits.py --model network --lr 0.0003 --name net",
    "exparse ls",
    "exparse show net | grep -A 8 ^metrics",
    "python digits.py --config net --seed 2",
    "exparse diff 1 net",
    "exparse ls --where 'accuracy > 0.905' --sort -accuracy",
)

TITLE = "A terminal: a script is run, its runs are listed, one is shown with its metrics, two are compared"

# Measures in pixels, and colours that read well on both a light and a dark page.
SIZE, LINE, PAD, BAR = 14.0, 20, 20, 34
CHAR = SIZE * 0.6
BACK, FRAME, TEXT, DIM, PROMPT, COMMAND = "#16211d", "#24332d", "#c9d6d0", "#7f948b", "#6fcf97", "#ffffff"
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


def run(command: str, folder: Path) -> str:
    """Return what a command says, standard error included.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    programs = os.path.dirname(sys.executable)
    world = {name: value for name, value in os.environ.items() if not name.startswith("EXPARSE_")}
    world |= {"PATH": f"{programs}{os.pathsep}{world['PATH']}", "COLUMNS": str(COLUMNS), "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=world,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


def session() -> list[tuple[str, str]]:
    """Return the commands of the picture with what each of them said."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(HERE / "examples" / "digits.py", folder)
        for command in BEFORE:
            run(command, folder)
        return [(command, run(command, folder)) for command in SEEN]


def lines_of(told: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Return the lines of the picture, each as texts with their colours."""
    lines: list[list[tuple[str, str]]] = []
    for command, output in told:
        if lines:
            lines.append([])
        lines.append([("$ ", PROMPT), (command, COMMAND)])
        shown = output.rstrip("\n").split("\n")
        is_table = len(shown) > 1 and set(shown[1]) == {"-", " "}
        has_titles = any(line.startswith(" ") for line in shown) and not is_table
        for place, line in enumerate(shown):
            dim = (is_table and place < 2) or (has_titles and not line.startswith(" "))
            lines.append([(line, DIM if dim else TEXT)])
    return lines


def draw(lines: list[list[tuple[str, str]]]) -> str:
    """Return the picture as SVG; each piece of text says its own width, so that any font keeps the columns."""
    width, height = COLUMNS * CHAR + 2 * PAD, len(lines) * LINE + 2 * PAD + BAR - 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img" font-family="{FONTS}" font-size="{SIZE:.0f}">',
        f"<title>{TITLE}</title>",
        f'<rect width="100%" height="100%" rx="10" fill="{BACK}"/>',
        f'<path d="M0 {BAR}V10a10 10 0 0 1 10-10H{width - 10:.0f}a10 10 0 0 1 10 10V{BAR}z" fill="{FRAME}"/>',
    ]
    parts += [f'<circle cx="{20 + 18 * place}" cy="{BAR / 2}" r="5" fill="{DIM}"/>' for place in range(3)]
    for row, line in enumerate(lines):
        column, y = 0, BAR + PAD + row * LINE + 8
        for text, colour in line:
            stripped = text.lstrip(" ")
            at = column + len(text) - len(stripped)
            if stripped.strip():
                parts.append(
                    f'<text x="{PAD + at * CHAR:.1f}" y="{y}" fill="{colour}" xml:space="preserve" '
                    f'textLength="{len(stripped) * CHAR:.1f}" lengthAdjust="spacingAndGlyphs">'
                    f"{escape(stripped)}</text>"
                )
            column += len(text)
    return "\n".join([*parts, "</svg>", ""])


def main() -> int:
    """Draw the picture; return an exit code."""
    try:
        told = session()
    except subprocess.CalledProcessError as problem:
        print(f"{shlex.join(problem.cmd)} failed:\n{problem.output}", file=sys.stderr)
        return 1
    target = HERE / "_static" / "terminal.svg"
    target.write_text(draw(lines_of(told)), encoding="utf-8")
    print(f"drawn: {target.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
