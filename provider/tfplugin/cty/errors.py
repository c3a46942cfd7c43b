"""The error of this package."""

from typing import Final

from tfplugin.cty.paths import Path, Step

MAX_DEPTH: Final = 128
"""The most levels that types and values may nest. Bounds the recursion over input, far below Python's own limit."""

TOO_DEEP: Final = f"is nested too deeply: more than {MAX_DEPTH} levels. Make it flatter, or keep a part of it as text, with jsonencode()"


class CtyError(ValueError):
    """Bytes cannot be decoded, data is no type, or a value does not fit its type.

    `detail` describes the mistake, and `path` is its place; the text of the error has both. No error repeats a value,
    which may be a secret.
    """

    def __init__(self, detail: str, path: Path | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path or Path()

    def prefix(self, step: Step) -> None:
        """Puts `step` before the path. Each caller on the way out adds its own step."""
        self.path = Path((step, *self.path.steps))

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}" if self.path.steps else self.detail
