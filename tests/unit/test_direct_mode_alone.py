"""What is said of tests that do not run at a server is said of tests that there are."""

import ast
from pathlib import Path

import pytest

from tests.acceptance.direct_mode_alone import DIRECT_MODE_ALONE

ACCEPTANCE = Path(__file__).parents[1] / "acceptance"


@pytest.mark.parametrize("test", DIRECT_MODE_ALONE)
def test_a_test_that_is_left_out_is_there(test: str) -> None:
    module, *names = test.partition("[")[0].split("::")
    inside: ast.Module | ast.ClassDef | ast.FunctionDef = ast.parse((ACCEPTANCE / module).read_text())
    for name in names:
        (inside,) = [
            node
            for node in inside.body
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
        ]
