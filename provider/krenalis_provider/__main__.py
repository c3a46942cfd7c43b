"""The provider as a process: for the executable, and for ``python -m krenalis_provider`` while developing."""

from typing import TYPE_CHECKING, NoReturn

from krenalis_provider import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from krenalis_provider.provider import KrenalisProvider
    from tfplugin.public_socket import PublicSocket


def main(public: "PublicSocket | None" = None, way: str = "") -> NoReturn:
    """Serve as a plugin of Terraform."""
    from tfplugin.process import serve

    serve(ADDRESS, _load, public, way=way)


def warm(alike: "tuple[object, ...]", words: "Sequence[str]") -> NoReturn:
    """Be a warm parent."""
    from krenalis_provider import warm_stages
    from tfplugin.warm_start.parent import run

    run(ADDRESS, _load, (warm_stages.VALIDATE, warm_stages.LATER), alike, words)


def _load() -> "KrenalisProvider":
    from lightstart.late_imports import tell_versions

    tell_versions()  # for psycopg
    from krenalis_provider.provider import KrenalisProvider

    return KrenalisProvider()


if __name__ == "__main__":
    main()
