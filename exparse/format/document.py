"""YAML that people write, read with care: limits and aliases first, construction after.

Limits and their reasons: a text of 289 bytes with aliases grows to hundreds of megabytes, and one of
400 KB of ``[`` ends libyaml's constructor with a segmentation fault (PyYAML #235, #604).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

from exparse.errors import DamagedFile
from exparse.format.params import MAX_BYTES, MAX_NODES, read_header
from exparse.format.text import MAX_DEPTH

_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The safe constructors of PyYAML let errors of many kinds out where an explicit tag and its text differ.
_BAD_YAML = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
_LONGEST_INT = 4300
_TOO_DEEP = f"nested deeper than {MAX_DEPTH}"


class _Loader(yaml.SafeLoader):
    """The safe loader, which leaves dates the text that they are, and makes no number that cannot be printed."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Make an integer; a ValueError where it has more digits than ``str`` shows."""
        # 1:30:00 and 0x1F go around the limit that int(text) has, the former in quadratic time.
        if len(node.value) > _LONGEST_INT:
            raise ValueError(f"an integer of more than {_LONGEST_INT:,} characters")
        value: int = super().construct_yaml_int(node)
        str(value)
        return value

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        """Make a float; a ValueError where its text is longer than any float's."""
        if len(node.value) > _LONGEST_INT:
            raise ValueError(f"a number of more than {_LONGEST_INT:,} characters")
        value: float = super().construct_yaml_float(node)
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)

_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Entry(NamedTuple):
    """One key of a document.

    Attributes:
        name: The key, as it stands there.
        value: What safe YAML makes of the value (dates stay texts).
        text: The same value with every unquoted scalar as it stands in the file.
        line: The key's line, counted from 1.
    """

    name: str
    value: Any
    text: Any
    line: int


class Document(NamedTuple):
    """A mapping read from YAML.

    Attributes:
        path: Where it was read.
        entries: Its keys, in order.
        header: The first line of a file that exparse wrote, else None.
    """

    path: str
    entries: list[Entry]
    header: dict[str, Any] | None


def load(text: str, path: str) -> Document:
    """Read a YAML mapping.

    Raises:
        DamagedFile: With path, line and reason: too large, too deep, too many values, an alias, a tag of
            another language, a key twice, several documents, no mapping, or no YAML at all.
        UnsupportedFormat: If exparse wrote it in another major format.
    """
    check(text, path)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        entries = [] if node is None else _entries(loader, node, path)
    except DamagedFile:
        raise
    except _BAD_YAML as problem:
        raise _damaged(problem, path) from None
    finally:
        loader.dispose()
    return Document(path, entries, read_header(text, path))


def check(text: str, path: str) -> None:
    """Refuse a text that breaks a limit, before anything of it is constructed.

    Raises:
        DamagedFile: With path, line and reason.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DamagedFile(path, f"larger than {MAX_BYTES:,} bytes")
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=_Parser):
            line = event.start_mark.line + 1 if event.start_mark else None
            if isinstance(event, yaml.AliasEvent):
                raise DamagedFile(path, f"the alias *{event.anchor} is not allowed", line)
            if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
                nodes += 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise DamagedFile(path, _TOO_DEEP, line)
            if nodes > MAX_NODES:
                raise DamagedFile(path, f"more than {MAX_NODES:,} values", line)
    except DamagedFile:
        raise
    except _BAD_YAML as problem:
        raise _damaged(problem, path) from None


def _damaged(problem: Exception, path: str) -> DamagedFile:
    mark = getattr(problem, "problem_mark", None)
    reason = getattr(problem, "problem", None) or str(problem).partition("\n")[0]
    return DamagedFile(path, f"no YAML that exparse reads: {reason}", mark.line + 1 if mark else None)


def _entries(loader: yaml.SafeLoader, node: yaml.Node, path: str) -> list[Entry]:
    if not isinstance(node, yaml.MappingNode):
        raise DamagedFile(path, "a mapping of names to values is expected", node.start_mark.line + 1)
    _refuse_twins(node, path)
    entries = []
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise DamagedFile(path, "a key that is no text", line)
        constructed = loader.construct_object(value, deep=True)
        entries.append(Entry(key.value, constructed, _text(value, constructed), line))
    return entries


def _text(node: yaml.Node, value: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style is None or isinstance(value, str) else value
    if isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        return [_text(part, item) for part, item in zip(node.value, value, strict=True)]
    return value


def _refuse_twins(node: yaml.Node, path: str) -> None:
    """Refuse a key that stands twice, at any depth: the last would win without a word."""
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            _refuse_twins(part, path)
    if isinstance(node, yaml.MappingNode):
        seen: set[tuple[str, str]] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and (key.tag, key.value) in seen:
                raise DamagedFile(path, f"the key {key.value!r} stands twice", key.start_mark.line + 1)
            seen.add((key.tag, str(key.value)))
            _refuse_twins(value, path)
