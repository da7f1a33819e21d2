"""Defines every error the heads package raises, each with a stable code."""

from __future__ import annotations

from collections.abc import Sequence


class HeadsError(Exception):
    """The root; `code` never changes once published and is what callers branch on."""

    code = "internal"


class BundleError(HeadsError):
    """A bundle that must not be served; `problems` lists everything that is wrong."""

    code = "bad_bundle"

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__(f"{where}: " + "; ".join(self.problems))


class BundleExistsError(HeadsError):
    """A version is written once: bundles never change after they exist."""

    code = "bundle_exists"


class AliasError(HeadsError):
    """An aliases.json that cannot be read or changed."""

    code = "bad_aliases"


class SwitchError(HeadsError):
    """A switches.json that cannot be read."""

    code = "bad_switches"


class SwitchUnreadError(SwitchError):
    """A switches.json that the catalog refused to read; its content may be sound."""


class CatalogError(HeadsError):
    """The catalog cannot be reached, read or written as a whole; trying again may help."""

    code = "catalog_unavailable"


class UnreadableError(HeadsError):
    """One file of a catalog cannot be read; the others may be sound."""

    code = "unreadable_file"


class ConflictError(HeadsError):
    """Another writer changed the file first: nothing was written; read it again and decide anew."""

    code = "conflict"


class LifeError(HeadsError):
    """A step of a head's life that cannot be taken, e.g. a rollback with nothing to go back to."""

    code = "impossible_step"


class GateError(HeadsError):
    """A version that the gate refuses; `reasons` lists everything that speaks against it."""

    code = "gate_refused"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class RequestError(HeadsError):
    """A request the service refuses; carries the HTTP status and its title."""

    code = "invalid_request"

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        super().__init__(detail)
