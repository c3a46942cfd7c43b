"""Chromium without a window, for tests that look at pages: the system's own, with a profile of its own and no network."""

import base64
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdf
import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.support.ports import Port
from tests.support.processes import SECONDS

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


class Browser:
    """A page in Chromium."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(
        self, page: Path, *, width: int, height: int = 900, scripts: bool = True, dark: bool = False
    ) -> None:
        """Show a page in a window of this size."""
        self._command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.driver.get(page.as_uri())

    def run(self, script: str) -> Any:
        """The value of a script's body, run beside the page, whose own scripts may be off."""
        return self.driver.execute_script(script)

    def press(self, key: str, code: int) -> None:
        """Press a key, as a person does."""
        for kind in ("rawKeyDown", "keyUp") if key != "Enter" else ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self._command("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def printed(self) -> list[str]:
        """The texts of the pages on paper (A4)."""
        data = self._command(
            "Page.printToPDF",
            paperWidth=8.27,
            paperHeight=11.69,
            printBackground=True,
            preferCSSPageSize=False,
        )["data"]
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(base64.b64decode(data))).pages]

    def picture(self, *, scale: int = 1, most: int = 16_000) -> bytes:
        """The whole page as a PNG, at most so many pixels high."""
        size = self._command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": scale}
        data = self._command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)[
            "data"
        ]
        return base64.b64decode(data)

    def _command(self, name: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, parameters)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; skips the test where it is not installed."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium or chromedriver is not on PATH (Debian: apt install chromium chromium-driver)")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = chromium
        for option in (*_OPTIONS, f"--user-data-dir={profile}"):
            options.add_argument(option)
        port = Port()  # Selenium would choose one that others may take before the driver does
        try:
            chrome = Chrome(options=options, service=ChromeService(driver, port.number))
            try:
                chrome.set_script_timeout(SECONDS)
                yield Browser(chrome)
            finally:
                chrome.quit()
        finally:
            port.release()
