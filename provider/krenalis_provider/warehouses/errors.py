"""Errors of a warehouse or its driver: the meaning of a code, the setting at fault, and the remedy."""

from typing import NamedTuple

from krenalis_provider.model.attribute_path import AttributePath, ProviderPath, setting
from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from lightstart.records import replace


class Meaning(NamedTuple):
    """The meaning of a warehouse's code; `remedy` is a format string over the settings, also as SQL."""

    verdict: Verdict
    setting: str
    """The setting at fault, such as ``port``."""
    summary: str
    remedy: str
    path: ProviderPath | None = None
    """The attribute of the provider block at fault, if no setting of the workspace is."""


def warehouse_error(
    verdict: Verdict, at: str | AttributePath, summary: str, detail: str, *, code: str | None = None
) -> WarehouseError:
    """The error at a setting of the warehouse, given by its name, or at another path."""
    path = setting(at) if isinstance(at, str) else at
    return WarehouseError(Finding(verdict, path, summary, detail), code=code)


def extended(error: WarehouseError, said: str) -> WarehouseError:
    """The error with further sentences."""
    detail = f"{error.finding.detail} {said}".rstrip()
    return WarehouseError(replace(error.finding, detail=detail), code=error.code)
