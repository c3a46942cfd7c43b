"""The executable ``terraform-provider-krenalis``."""

from typing import NoReturn

from krenalis_provider.provider import KrenalisProvider
from tfplugin.process import serve


def main() -> NoReturn:
    """Serve as a plugin of Terraform."""
    serve(KrenalisProvider())


if __name__ == "__main__":
    main()
