"""The demo that the README begins with, in a copy of the examples, so that nobody's own one is touched."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def demo(root: Path, command: str) -> str:
    argv = [sys.executable, str(root / "examples" / "demo.py"), command]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_makes_a_workspace_plans_again_without_changes_and_leaves_nothing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "tests").symlink_to(ROOT / "tests")

    try:
        assert "No changes." in demo(tmp_path, "up")
    finally:
        demo(tmp_path, "down")

    assert not (tmp_path / ".demo").exists()
