"""A model registry in memory for tests of what follows one; `tests/heavy` asks a real MLflow."""

from __future__ import annotations

import shutil
from pathlib import Path

from heads.bundle.reading import BundleFiles, read_folder
from heads.errors import BundleError
from heads.training.errors import TrackingError


class MemoryRegistry:
    """Registered models whose versions are folders of bundles; `away` makes every call fail."""

    def __init__(self, name: str) -> None:
        self.name, self.away = name, False
        self.folders: dict[str, Path] = {}
        self.now: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.told: dict[str, str] = {}

    def names(self) -> tuple[str, ...]:
        """Return the one name."""
        self._reach()
        return (self.name,)

    def aliases(self, name: str) -> dict[str, str]:
        """Return the aliases."""
        return dict(self.now) if name == self.name else {}

    def agreed(self, _name: str) -> dict[str, str]:
        """Return what was agreed on last."""
        return dict(self.tags)

    def agree(self, _name: str, role: str, digest: str) -> None:
        """Keep what both sides say."""
        self._reach()
        self.tags[role] = digest

    def digest_of(self, _name: str, version: str) -> str:
        """Return the digest of a version's bundle."""
        folder = self.folders[version]
        return read_folder(folder).digest if folder.is_dir() else f"model version {version}"

    def point(self, name: str, role: str, digest: str) -> None:
        """Move an alias to the version with this digest; away without one."""
        self.now.pop(role, None)
        for version in self.folders:
            if digest and self.digest_of(name, version) == digest:
                self.now[role] = version

    def explain(self, _name: str, version: str, outcome: str) -> None:
        """Keep what became of a version's alias."""
        self.told[version] = outcome

    def fetch(self, name: str, version: str, folder: Path) -> BundleFiles:
        """Copy a version's bundle."""
        self._reach()
        source = self.folders[version]
        if not source.is_dir():
            raise BundleError(f"{name}/{version}", ["head.toml: missing, so it is no bundle"])
        target = folder / source.parent.name / source.name
        shutil.copytree(source, target)
        return read_folder(target)

    def _reach(self) -> None:
        if self.away:
            raise TrackingError("it is away")
