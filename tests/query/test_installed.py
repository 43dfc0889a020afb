"""``packages.txt`` as names and versions."""

from __future__ import annotations

from pathlib import Path

from exparse.query.installed import read


def test_each_kind_of_line_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "packages.txt").write_text(
        "NumPy==2.0\nscikit_learn==1.5.0\n"
        "-e /home/ada/tool  # my-tool==0.3\n-e /home/ada/bare\n-e /home/ada/old  # Old_Tool\n"
        "lib @ git+https://example.org/lib@abc\n\n# a comment\nodd\n"
    )
    assert read(str(tmp_path)) == {
        "numpy": "2.0",
        "scikit-learn": "1.5.0",
        "my-tool": "0.3 /home/ada/tool",
        "/home/ada/bare": "/home/ada/bare",
        "old-tool": "/home/ada/old",
        "lib": "git+https://example.org/lib@abc",
        "odd": "",
    }


def test_no_list_is_not_an_empty_list(tmp_path: Path) -> None:
    assert read(str(tmp_path)) is None
    (tmp_path / "packages.txt").write_text("")
    assert read(str(tmp_path)) == {}


def test_a_list_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "packages.txt").write_bytes(b"\xff\xfe")
    assert read(str(tmp_path)) is None
    (tmp_path / "packages.txt").unlink()
    (tmp_path / "packages.txt").mkdir()
    assert read(str(tmp_path)) is None
