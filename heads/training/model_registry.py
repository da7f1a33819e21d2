"""Reads and moves the aliases of MLflow's registered models, and fetches their bundles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from heads.bundle.reading import BundleFiles, read_folder
from heads.errors import BundleError
from heads.lifecycle.aliases import ROLES, Role
from heads.manifest import parse
from heads.training.run_facts import DIGEST
from heads.training.tracking import Tracker, open_mlflow, translated

_AGREED = "trunkline.agreed.{role}"
_OUTCOME = "trunkline.sync"
_MOST_FILES = 32
_LONGEST = 500
_NOBODY = "none"


class ModelRegistry:
    """The registered models of one MLflow; every method raises TrackingError where it is away."""

    def __init__(self, uri: str | None) -> None:
        self._tracker = Tracker(uri)
        self._client: Any = self._tracker.client
        self._mlflow = open_mlflow()

    def names(self) -> tuple[str, ...]:
        """Return the names of all registered models."""
        with translated(self._tracker.uri):
            return tuple(model.name for model in self._client.search_registered_models())

    def aliases(self, name: str) -> dict[str, str]:
        """Return the model version of each alias that is named like a role."""
        with translated(self._tracker.uri):
            known = self._client.get_registered_model(name).aliases
            return {role: str(known[role]) for role in ROLES if role in known}

    def agreed(self, name: str) -> dict[str, str]:
        """Return the digest, "" for none, that catalog and MLflow last agreed on, by role."""
        with translated(self._tracker.uri):
            tags = self._client.get_registered_model(name).tags
        keys = {role: _AGREED.format(role=role) for role in ROLES}
        return {
            role: "" if tags[key] == _NOBODY else str(tags[key])
            for role, key in keys.items()
            if key in tags
        }

    def agree(self, name: str, role: Role, digest: str) -> None:
        """Keep with the model what both sides say now."""
        with translated(self._tracker.uri):
            key = _AGREED.format(role=role)
            self._client.set_registered_model_tag(name, key, digest or _NOBODY)

    def digest_of(self, name: str, version: str) -> str:
        """Return the digest of the bundle that a model version holds; its own where none is told.

        What it is worth is seen when the bundle is fetched.
        """
        with translated(self._tracker.uri):
            tags = self._client.get_model_version(name, version).tags
            return str(tags.get(DIGEST, f"model version {version}"))

    def tagged(self, name: str, tags: Mapping[str, str]) -> tuple[str, ...]:
        """Return the model versions that have all these tags, newest first."""
        with translated(self._tracker.uri):
            found = self._client.search_model_versions(f"name='{name}'")
        numbers = [int(one.version) for one in found if tags.items() <= dict(one.tags).items()]
        return tuple(map(str, sorted(numbers, reverse=True)))

    def is_settled(self, name: str, version: str) -> bool:
        """Return whether an alias of this model version was followed or refused before."""
        with translated(self._tracker.uri):
            return _OUTCOME in self._client.get_model_version(name, version).tags

    def point(self, name: str, role: Role, digest: str) -> None:
        """Move an alias to the newest model version of this bundle; take it away without one."""
        with translated(self._tracker.uri):
            found = self._client.search_model_versions(f"name='{name}'") if digest else []
            numbers = [int(one.version) for one in found if one.tags.get(DIGEST) == digest]
            if numbers:
                self._client.set_registered_model_alias(name, role, str(max(numbers)))
            elif role in self._client.get_registered_model(name).aliases:
                self._client.delete_registered_model_alias(name, role)

    def explain(self, name: str, version: str, outcome: str) -> None:
        """Write on a model version what became of its alias."""
        with translated(self._tracker.uri):
            self._client.set_model_version_tag(name, version, _OUTCOME, outcome[:_LONGEST])

    def fetch(self, name: str, version: str, folder: Path) -> BundleFiles:
        """Download a model version that is a bundle, and nothing else, into `folder`; check it.

        Raises BundleError for any file that no bundle has, as a pickle, before it is downloaded.
        """
        with translated(self._tracker.uri):
            source = self._client.get_model_version(name, version).source
            list_files = self._mlflow.artifacts.list_artifacts
            listed = list_files(artifact_uri=source, tracking_uri=self._tracker.uri)
            files = [item.path for item in listed]
        names = {PurePosixPath(path).name for path in files}
        where = f"model version {name}/{version}"
        if "head.toml" not in names or len(names) > _MOST_FILES:
            raise BundleError(where, ["head.toml: missing, so it is no bundle"])
        manifest = parse(
            self._download(f"{source}/head.toml", folder / "first").read_bytes(), where
        )
        problems = [
            f"{file}: no bundle has such a file; it is not downloaded"
            for file in sorted(names - {"head.toml", *manifest.files})
        ]
        if manifest.name != name:
            problems.append(f"head.toml: is the head {manifest.name}, not {name}")
        if problems:
            raise BundleError(where, problems)
        target = folder / manifest.name / manifest.version
        target.mkdir(parents=True)
        for file in sorted({"head.toml", *manifest.files}):
            self._download(f"{source}/{file}", target)
        return read_folder(target)

    def _download(self, uri: str, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        with translated(self._tracker.uri):
            place = self._mlflow.artifacts.download_artifacts(
                artifact_uri=uri, dst_path=str(folder), tracking_uri=self._tracker.uri
            )
        return Path(place)
