"""Golden files: what people read, compared whole, and written anew by ``KRENALIS_TEST_WRITE_PLANS=1``."""

import os
from pathlib import Path


def same_text(golden: Path, text: str) -> None:
    """Compare the text with the file, or write it there."""
    if os.environ.get("KRENALIS_TEST_WRITE_PLANS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()
