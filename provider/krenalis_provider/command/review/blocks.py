"""Which block of a configuration a resource comes from: Terraform 1.15 folds equal warnings of one block.

A module that is called twice from a local folder is one file, so its blocks are the same ones for both calls. Terraform
copies any other module for each call.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.command.review.files import members, text_of

_INSTANCE: Final = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")
_LOCAL: Final = ("./", "../")
_WITHIN: Final = re.compile(r"(?:[^/]*://)?+.*?//+(?P<folder>[^?]*)", re.DOTALL)
"""The source of a module in a folder of a package, such as ``git::https://example.com/network.git//vpc?ref=v1``."""


class Blocks:
    """The blocks of a plan's configuration."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._root = members(members(plan.get("configuration")).get("root_module"))

    def of(self, address: str) -> tuple[str, str]:
        """The folder and the name of the block that an instance comes from."""
        parts = _INSTANCE.sub("", address).split(".")
        folder, module = "", self._root
        while parts[0] == "module" and len(parts) > 1:
            call = members(members(module.get("module_calls")).get(parts[1]))
            folder = _folder(folder, parts[1], text_of(call.get("source")))
            module, parts = members(call.get("module")), parts[2:] or [""]
        return folder, ".".join(parts)


def _folder(parent: str, call: str, source: str) -> str:
    """The folder of a module; one that is copied has a folder of its own, named by its call."""
    if source.startswith(_LOCAL):
        return posixpath.normpath(posixpath.join(parent, source))
    within = _WITHIN.match(source)
    return posixpath.normpath(posixpath.join(parent, f"module.{call}", within["folder"] if within else ""))
