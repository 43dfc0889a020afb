"""What a parse, or a call of ``exparse.start``, has to say of a run."""

from __future__ import annotations

from exparse.format import params
from exparse.record.facts import mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.inputs import Files


class Record:
    """What a parse has to say of a run.

    Attributes:
        params: Plain values by name.
        omitted: Why a param is not there, by name.
        header: What the params alone do not say (:func:`exparse.format.params.document`).
        facts: Keys of ``metadata.json`` that only the parser knows.
        secrets: Texts that must stand in no file.
        files: The files that params of the types ``input_file`` and ``output_file`` name; None where none does.
    """

    __slots__ = ("facts", "files", "header", "omitted", "params", "secrets")

    def __init__(
        self,
        params: dict[str, Any],
        omitted: dict[str, str],
        header: dict[str, Any],
        facts: dict[str, Any],
        secrets: list[str],
        files: Files | None = None,
    ) -> None:
        self.params, self.omitted, self.header = params, omitted, header
        self.facts, self.secrets, self.files = facts, secrets, files

    def after(self, first: Record) -> Record:
        """Return what two parses have to say together, the first of which left its rest to this one."""
        params = {**first.params, **self.params}
        omitted = {**{k: v for k, v in first.omitted.items() if k not in params}, **self.omitted}
        header = {**first.header, **self.header}
        for key, value in first.header.items():
            if isinstance(value, dict) and isinstance(self.header.get(key), dict):
                header[key] = {**value, **self.header[key]}
        given = sorted({*first.facts["given"], *self.facts["given"]})
        secrets = [*first.secrets, *self.secrets]
        # What only the second parse knows to be secret stood in the first one's command line.
        argv = [mask(arg, secrets) for arg in first.facts["argv"]]
        files = self.files.after(first.files) if self.files is not None else first.files
        named = files.facts() if files is not None else {}
        return Record(params, omitted, header, {**self.facts, **named, "argv": argv, "given": given}, secrets, files)

    def params_text(self) -> str:
        """Return the text of ``params.yaml``."""
        return params.document(self.params, self.omitted, self.header)
