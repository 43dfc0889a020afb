"""What is said about a run: lines taken together, of which a damaged one hides no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exparse.format import about

TAGS = st.sampled_from(["a", "b", "c"])
WORDS = st.text(max_size=10)
SAID = st.one_of(
    st.builds(lambda tag: {"tag": tag}, TAGS),
    st.builds(lambda tag: {"untag": tag}, TAGS),
    st.builds(lambda text: {"description": text}, st.none() | WORDS),
    st.builds(lambda parent, file: {"parent": parent, "file": file}, WORDS, WORDS),
    st.builds(lambda file, text: {"file": file, "caption": text}, WORDS, WORDS),
)


@given(st.lists(SAID, max_size=12), st.lists(TAGS, max_size=2, unique=True))
def test_lines_read_together_say_what_was_said_one_after_the_other(
    said: list[dict[str, str]], first: list[str]
) -> None:
    found = about.parse("".join(map(about.line, said)).encode(), {"tags": first})
    tags, description, parents, captions = list(first), None, [], {}
    for one in said:
        if "tag" in one and one["tag"] not in tags:
            tags.append(one["tag"])
        elif "untag" in one and one["untag"] in tags:
            tags.remove(one["untag"])
        elif "description" in one:
            description = one["description"] or None
        elif "parent" in one and one["parent"] not in parents:
            parents.append(one["parent"])
        elif "caption" in one:
            captions[one["file"]] = one["caption"]
    assert (found.tags, found.description, found.parents, found.captions) == (tags, description, parents, captions)
    assert not found.damaged


@given(st.lists(st.tuples(SAID, st.binary(max_size=20).map(lambda text: text.replace(b"\n", b""))), max_size=6))
def test_garbage_between_the_lines_changes_nothing(plan: list[tuple[dict[str, str], bytes]]) -> None:
    data = b"".join(text + b"\n" + about.line(said).encode() for said, text in plan)
    clean = "".join(about.line(said) for said, _ in plan).encode()
    found, expected = about.parse(data, {}), about.parse(clean, {})
    for name in ("tags", "description", "parents", "captions", "used"):
        assert getattr(found, name) == getattr(expected, name)


def test_a_line_cut_at_any_byte_costs_only_itself() -> None:
    lines = [about.line({"tag": "a"}), about.line({"tag": "b"})]
    data = "".join(lines).encode()
    for cut in range(len(data)):
        assert about.parse(data[:cut], {}).tags == (["a"] if cut >= len(lines[0]) else [])


def test_what_the_start_said_comes_first() -> None:
    start = {"tags": ["x"], "description": "first", "parents": ["000001-2026-11-21-05-40-12"]}
    found = about.parse(b'{"untag": "x"}\n{"tag": "y"}\n{"parent": "p", "file": "m.pt"}\n', start)
    assert (found.tags, found.description) == (["y"], "first")
    assert found.parents == ["000001-2026-11-21-05-40-12", "p"] and found.used["p"] == ["m.pt"]


def test_what_is_said_wrongly_is_left_out() -> None:
    data = b'{"tag": 3}\n{"description": [1]}\n{"parent": null}\n{"caption": "c"}\n[1]\n{"image": "i", "step": "2"}\n'
    found = about.parse(data, {"tags": "abc", "parents": {"a": 1}, "description": 5})
    assert (found.tags, found.description, found.parents, found.captions) == ([], None, [], {})
    assert found.damaged == [5]


def test_captions_of_images_go_by_name_and_step() -> None:
    found = about.parse(
        b'{"image": "i", "step": 2, "caption": "two"}\n{"image": "i", "step": 2, "caption": "zwei"}\n', {}
    )
    assert found.image_captions == {("i", 2): "zwei"}
