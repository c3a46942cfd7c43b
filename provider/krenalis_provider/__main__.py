"""The provider as a process: for the executable, and for ``python -m krenalis_provider`` while developing."""

from typing import TYPE_CHECKING, NoReturn

from tfplugin.process import serve

if TYPE_CHECKING:
    from krenalis_provider.provider import KrenalisProvider


def main() -> NoReturn:
    """Serve as a plugin of Terraform."""
    serve("registry.terraform.io/krenalis/krenalis", _load)


def _load() -> "KrenalisProvider":
    from krenalis_provider.provider import KrenalisProvider

    return KrenalisProvider()


if __name__ == "__main__":
    main()
