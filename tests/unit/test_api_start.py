"""What the API costs a process that does not call it."""

import subprocess
import sys

import pytest

LIBRARIES = ["certifi", "httpcore", "httpx", "pydantic", "ssl"]


@pytest.mark.parametrize("module", ["server", "errors", "body", "retries"])
def test_what_plans_and_messages_need_imports_no_http_client(module: str) -> None:
    code = f"import sys, krenalis_provider.api.{module}\nprint(*[each for each in {LIBRARIES} if each in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == []


def test_calling_the_api_imports_no_command_line_and_no_event_loop() -> None:
    code = """
import sys
sys.modules["rich"] = sys.modules["click"] = None  # the environment of tests has them, an installation need not
import krenalis_provider.api.api
print(*[each for each in ("asyncio", "anyio", "trio", "h2", "httpx") if each in sys.modules])"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == ["httpx"]
