"""Logs trained bundles as MLflow runs and registers them; the only importer of mlflow."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads import config
from heads.bundle.reading import BundleFiles
from heads.training.building.order import FACT
from heads.training.comparing import comparison_table
from heads.training.errors import TrackingError
from heads.training.run_facts import DIGEST, facts_of, metrics_of, params_of, tags_of

EXPERIMENT = "heads/{name}"
BUNDLE, PICTURES, COMPARISON, MODEL = "bundle", "pictures", "comparison", "model"
"""Folders of a run's artefacts."""

_MOST_METRICS, _MOST_PARAMS = 1000, 100
_DATASET_DIGEST = 36


@dataclass(frozen=True)
class Logged:
    """Where a bundle stands in MLflow; `fresh` is false where it stood there before."""

    run_id: str
    model_version: str
    fresh: bool


class Tracker:
    """Logs to one tracking URI: a server, or a local SQLite store with artefacts beside it.

    Nothing else is connected to: MLflow's telemetry is off. `client` is MLflow's own. Raises
    TrackingError where MLflow is not installed.
    """

    def __init__(self, uri: str | None = None) -> None:
        self.uri = uri or config.tracking_uri()
        mlflow = open_mlflow()
        if folder := _folder(self.uri):
            folder.mkdir(parents=True, exist_ok=True)
        mlflow.set_registry_uri(self.uri)
        self.client: Any = mlflow.MlflowClient(self.uri, registry_uri=self.uri)

    def log(self, bundle: BundleFiles, beside: Sequence[BundleFiles] = ()) -> Logged:
        """Log parameters, figures, pictures, rows' digest and commit; register the bundle.

        `beside`: versions to compare it with, a table each. What was logged before is found by the
        bundle's digest and not logged twice. Raises TrackingError where the store is away.
        """
        with translated(self.uri):
            experiment = self._experiment(bundle.manifest.name)
            return self._known(experiment, bundle) or self._log(experiment, bundle, beside)

    def give_alias(self, bundle: BundleFiles, alias: str) -> str:
        """Point an alias at the newest model version of a bundle that is logged; return it.

        Raises TrackingError where none is, or the store is away.
        """
        name = bundle.manifest.name
        with translated(self.uri):
            versions = self.client.search_model_versions(f"name='{name}'")
            numbers = [int(v.version) for v in versions if v.tags.get(DIGEST) == bundle.digest]
            if not numbers:
                raise TrackingError(f"{name}/{bundle.manifest.version} is not logged")
            self.client.set_registered_model_alias(name, alias, str(max(numbers)))
            return str(max(numbers))

    def log_folder(self, name: str, title: str, folder: Path, tags: Mapping[str, str]) -> Logged:
        """Log a folder as a run of `title`, and register it under `name`, both with these tags."""
        with translated(self.uri):
            begun = config.tracking_run()
            experiment = self._experiment(name)
            run_id = begun or self.client.create_run(experiment, run_name=title).info.run_id
            for key, value in tags.items():
                self.client.set_tag(run_id, key, value)
            self.client.log_artifacts(run_id, str(folder), MODEL)
            version = self._registered(name, run_id, MODEL, tags)
            if not begun:
                self.client.set_terminated(run_id)
            return Logged(run_id, version, fresh=True)

    def tags_of_run(self, name: str, key: str, value: str) -> Mapping[str, str] | None:
        """Return the tags of a finished run of `name` that has this tag; None without one."""
        asked = f"tags.`{key}` = '{value}' and attributes.status = 'FINISHED'"
        with translated(self.uri):
            runs = self.client.search_runs([self._experiment(name)], asked, max_results=1)
        return dict(runs[0].data.tags) if runs else None

    def log_figures(
        self,
        name: str,
        title: str,
        params: Mapping[str, str],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:
        """Log a run of `name` without files; return its id."""
        from mlflow.entities import Metric, Param, RunTag

        with translated(self.uri):
            run = self.client.create_run(self._experiment(name), run_name=title)
            run_id = str(run.info.run_id)
            self.client.log_batch(
                run_id,
                metrics=[Metric(key, value, 0, 0) for key, value in metrics.items()],
                params=[Param(key, value) for key, value in params.items()],
                tags=[RunTag(key, value) for key, value in tags.items()],
            )
            self.client.set_terminated(run_id)
        return run_id

    def _experiment(self, name: str) -> str:
        title = EXPERIMENT.format(name=name)
        known = self.client.get_experiment_by_name(title)
        if known is not None:
            return str(known.experiment_id)
        folder = _folder(self.uri)
        place = (folder / "artifacts" / name).resolve().as_uri() if folder else None
        return str(self.client.create_experiment(title, artifact_location=place))

    def _known(self, experiment: str, bundle: BundleFiles) -> Logged | None:
        runs = self.client.search_runs(
            [experiment], f"tags.`{DIGEST}` = '{bundle.digest}' and attributes.status = 'FINISHED'"
        )
        for run in runs:
            versions = self.client.search_model_versions(f"run_id='{run.info.run_id}'")
            if versions:
                return Logged(run.info.run_id, str(versions[0].version), fresh=False)
        return None

    def _log(self, experiment: str, bundle: BundleFiles, beside: Sequence[BundleFiles]) -> Logged:
        manifest = bundle.manifest
        title = f"{manifest.name}/{manifest.version}"
        # `mlflow run` has begun a run for this process, and ends it.
        begun = config.tracking_run()
        run_id = begun or self.client.create_run(experiment, run_name=title).info.run_id
        try:
            self._fill(run_id, bundle, beside)
            version = self._register(run_id, bundle)
        except Exception:
            if not begun:
                self.client.set_terminated(run_id, "FAILED")
            raise
        if not begun:
            self.client.set_terminated(run_id)
        return Logged(run_id, version, fresh=True)

    def _fill(self, run_id: str, bundle: BundleFiles, beside: Sequence[BundleFiles]) -> None:
        from mlflow.entities import Metric, Param, RunTag

        facts = facts_of(bundle)
        metrics = [Metric(key, value, 0, 0) for key, value in metrics_of(facts).items()]
        params = [Param(key, value) for key, value in params_of(bundle, facts).items()]
        tags = [RunTag(key, value) for key, value in tags_of(bundle, facts).items()]
        for start in range(0, len(metrics), _MOST_METRICS):
            self.client.log_batch(run_id, metrics=metrics[start : start + _MOST_METRICS])
        self.client.log_batch(run_id, params=params[:_MOST_PARAMS], tags=tags)
        self.client.log_inputs(run_id, [_dataset(facts)])
        with tempfile.TemporaryDirectory(prefix="heads-track-") as scratch:
            _lay_out(Path(scratch), bundle, beside)
            self.client.log_artifacts(run_id, scratch)

    def _register(self, run_id: str, bundle: BundleFiles) -> str:
        tags = tags_of(bundle, facts_of(bundle))
        return self._registered(bundle.manifest.name, run_id, BUNDLE, tags)

    def _registered(self, name: str, run_id: str, path: str, tags: Mapping[str, str]) -> str:
        """Register what a run holds at `path`; return the version's number."""
        if not self.client.search_registered_models(f"name='{name}'"):
            self.client.create_registered_model(name)
        place = f"{self.client.get_run(run_id).info.artifact_uri}/{path}"
        made = self.client.create_model_version(name, place, run_id, tags=dict(tags))
        return str(made.version)


def open_mlflow() -> Any:
    """Import MLflow, which then tells nobody of its use. Raises TrackingError without it."""
    config.prepare_tracking()
    try:
        import mlflow
        import mlflow.pyfunc
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{error.name!r} is needed: `make setup-tracking` makes an environment with it"
        ) from error
    return mlflow


@contextlib.contextmanager
def translated(uri: str) -> Iterator[None]:
    """Raise TrackingError for what MLflow raises: a store that is away, or refuses."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
        where = uri.rpartition("@")[2]  # a URI may hold a password
        code = getattr(error, "error_code", "")
        raise TrackingError(f"{where}: {type(error).__name__} {code}".rstrip()) from error


def _folder(uri: str) -> Path | None:
    """Return the folder of a local SQLite store, None for a server."""
    path = uri.removeprefix("sqlite:///")
    return None if path == uri else Path(path).parent


def _dataset(facts: Mapping[str, Any]) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    files = facts.get(FACT, {}).get("state", {}).get("data", {})
    digest = str(facts.get("data_sha256", "unknown")).removeprefix("sha256:")
    dataset = Dataset(
        f"{facts.get('name', 'head')} rows",
        digest[:_DATASET_DIGEST],
        "local",
        json.dumps({"files": files}),
        profile=json.dumps({"rows": facts.get("rows"), "labels": facts.get("labels")}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


def _lay_out(folder: Path, bundle: BundleFiles, beside: Sequence[BundleFiles]) -> None:
    """Write the artefacts of a run as they will stand in its store."""
    for name in (BUNDLE, PICTURES, COMPARISON):
        (folder / name).mkdir()
    for name, content in bundle.files.items():
        (folder / BUNDLE / name).write_bytes(content)
        if name.endswith(".png"):
            (folder / PICTURES / name).write_bytes(content)
    for other in beside:
        stem = f"{other.manifest.version}-{bundle.manifest.version}"
        lines = comparison_table(facts_of(other), facts_of(bundle))
        (folder / COMPARISON / f"{stem}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if "confusion.png" in other.files:
            picture = other.files["confusion.png"]
            (folder / COMPARISON / f"{other.manifest.version}-confusion.png").write_bytes(picture)
