"""The executable: as authors write it, so that the provider is imported after the handshake."""

from typing import TYPE_CHECKING, NoReturn

from tfplugin.process import serve

if TYPE_CHECKING:
    from bench_provider import BenchProvider


def main() -> NoReturn:
    """Serve as a plugin of Terraform."""
    serve("registry.terraform.io/bench/bench", _load)


def _load() -> "BenchProvider":
    from bench_provider import BenchProvider

    return BenchProvider()
