"""What holds for every verb alike: where runs are sought, exit codes, and what is an error of usage."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import make_run

from exparse.cli.main import main, make_parser, verbs
from exparse.store.root import Root

Said = pytest.CaptureFixture[str]

ON_RUNS = [
    ["ls"],
    ["mark", "good"],
    ["unmark", "good"],
    ["tag", "good"],
    ["rename", "good"],
    ["rename", "--remove"],
    ["rm", "--yes"],
    ["prune", "--yes"],
    ["du"],
    ["summary"],
    ["summary", "--by", "lr"],
]


@pytest.fixture
def two(root: Path) -> Path:
    """Make a root with a run, and a failed one in tmp/."""
    make_run(root, {"lr": 0.5})
    make_run(root, {"lr": 0.9}, state="failed", tmp=True)
    return root


@pytest.mark.parametrize("verb", ON_RUNS, ids=" ".join)
def test_filters_that_leave_nothing_are_a_note_and_no_failure(verb: list[str], two: Path, capsys: Said) -> None:
    assert main(["--root", str(two), *verb, "--state", "failed"]) == 0
    told = capsys.readouterr()
    assert f"no run is like that; 1 was looked at in {two}; state is finished" in told.err, "tmp/ was not asked for"
    assert "warning" not in told.err
    assert [run.name for run in Root(two)] == ["000001-2026-11-21-05-40-12"] and len(Root(two).runs("tmp")) == 1


@pytest.mark.parametrize("verb", [verb for verb in ON_RUNS if verb[0] != "prune"], ids=" ".join)
@pytest.mark.parametrize("selector", ["99", "lr > 100"])
def test_a_selector_that_picks_nothing_is_a_warning_and_a_failure(
    verb: list[str], selector: str, two: Path, capsys: Said
) -> None:
    # The label of a new name comes last.
    argv = [*verb[:1], selector, *verb[1:]] if verb[0] == "rename" else [*verb, selector]
    assert main(["--root", str(two), *argv]) == 1
    told = capsys.readouterr().err
    assert told.count("exparse: warning: no") == 1, told
    assert len(Root(two)) == 1


def test_a_plot_of_nothing_is_an_error(two: Path, capsys: Said) -> None:
    assert main(["--root", str(two), "plot", "lr", "lr", "--state", "failed"]) == 1
    assert f"nothing to draw: no run is like that; 1 was looked at in {two}" in capsys.readouterr().err


@pytest.mark.parametrize("selector", ["99", "lr > 100"])
def test_a_log_of_no_run_says_so_once(selector: str, two: Path, capsys: Said) -> None:
    assert main(["--root", str(two), "log", selector]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [
        ["prune", "--older-than", "30"],
        ["prune", "--larger-than", "big"],
        ["prune", "--keep-best", "acc:0"],
        ["prune", "--keep-last", "-1"],
        ["prune", "-n", "0", "--tmp"],
        ["prune"],
        ["purge", "--older-than", "soon"],
        ["rm"],
        ["rm", "--yes"],
        ["du", "-n", "0"],
        ["du", "-n", "-1"],
        ["diff", "1", "2", "--code", "--all"],
        ["diff", "1", "2", "--to", "2"],
        ["ls", "--watch", "-o", "x.csv"],
        ["mark", "good"],
        ["tag", "good"],
        ["rename", "good"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_of_a_command_line_is_an_error_of_usage(argv: list[str], two: Path, capsys: Said) -> None:
    assert main(["--root", str(two), *argv]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"usage: exparse {argv[0]} ")
    assert f"exparse {argv[0]}: error: " in told.err


@pytest.mark.parametrize("verb", [verb for verb in verbs() if verb.NAME not in ("restore", "purge", "completion")])
def test_run_and_all_are_told_in_the_same_words(verb: object, capsys: Said) -> None:
    assert main([verb.NAME, "--help"]) == 0  # type: ignore[attr-defined]
    page = " ".join(capsys.readouterr().out.split())
    assert "--all" not in page.partition("examples:")[0] or "-a, --all" in page
    assert "[RUN" not in page.partition("options:")[0] or "path, or a query" in page


@pytest.mark.slow
def test_every_help_fits_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = [line for verb in verbs() for line in f"{verb.HELP}.\n{verb.EXAMPLES}".splitlines() if len(line) > 80]
    assert not wide
    assert max(map(len, make_parser("ls").format_help().splitlines())) <= 80
