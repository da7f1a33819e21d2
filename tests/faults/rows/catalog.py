"""Rows that change the catalog under load: promotions, races, files that are broken or gone."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from heads.errors import ConflictError
from heads.lifecycle.promotion import Author, promote, rollback
from heads.storage.folder import FolderCatalog
from loadtests.stack.catalogs import production_versions
from loadtests.stack.faults import OTHER_VERSION
from tests.faults.row import Row, Scene

FRESH_S = 1.0  # after a change no worker answers with the version before
_ASKED = 12  # requests on new connections: every worker of a gateway gets some
_AUTHOR = Author("faults")
_HEAD = "intent"


def catalog_of(scene: Scene) -> Path:
    """Return the folder of the cluster's catalog."""
    return Path(scene.cluster.replicas["heads"][0].settings["HEADS_CATALOG"])


def swapped(scene: Scene, every_s: float = 3.0) -> None:
    """Promote and roll back in turn; a second after each, no worker may answer as before."""
    catalog = FolderCatalog(catalog_of(scene))
    scene.fault()
    for turn in range(6):
        scene.wait(every_s - FRESH_S)
        if turn % 2 == 0:
            promote(catalog, _HEAD, OTHER_VERSION, "production", _AUTHOR)
        else:
            rollback(catalog, _HEAD, _AUTHOR)
        scene.wait(FRESH_S)
        expect_version(scene, production_versions(catalog_of(scene))[_HEAD])


def changed_after_idling(scene: Scene) -> None:
    """Change the version while nobody calls, and ask: not even the first answer may be old."""
    catalog = FolderCatalog(catalog_of(scene))
    scene.fault()
    for _ in range(2):
        scene.wait(8.0)
        promote(catalog, _HEAD, OTHER_VERSION, "production", _AUTHOR)
        scene.wait(FRESH_S)
        expect_version(scene, OTHER_VERSION)
        scene.wait(8.0)
        rollback(catalog, _HEAD, _AUTHOR)
        scene.wait(FRESH_S)
        expect_version(scene, production_versions(catalog_of(scene))[_HEAD])


def raced(scene: Scene, people: int = 8, acts: int = 40) -> None:
    """Let many promote at once: every act that was done counts once, the others say so."""
    folder = catalog_of(scene)
    before, serving = _generation(folder), production_versions(folder)[_HEAD]
    done: list[int] = []

    def act(number: int) -> None:
        catalog = FolderCatalog(folder)
        for turn in range(acts):
            version = (OTHER_VERSION, "1")[(turn + number) % 2]
            try:
                promote(catalog, _HEAD, version, "production", _AUTHOR)
                done.append(number)
            except ConflictError:
                pass

    scene.wait(2.0)
    scene.fault()
    threads = [threading.Thread(target=act, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if (risen := _generation(folder) - before) != len(done):
        scene.wrong.append(f"{len(done)} acts were done, the generation rose by {risen}")
    scene.notes.append(f"{len(done)} of {people * acts} acts done, the others refused")
    promote(FolderCatalog(folder), _HEAD, serving, "production", _AUTHOR)  # as later rows expect


def corrupted(scene: Scene) -> None:
    """Break the catalog in every way in turn, mending it in between; what serves serves on."""
    folder = catalog_of(scene)
    scene.wait(1.0)
    scene.fault()
    for change in _BREAKS:
        with _kept(folder / _HEAD):
            change(folder / _HEAD)
            scene.wait(1.5)


@contextmanager
def _kept(head: Path) -> Iterator[None]:
    """Put the head's folder back as it was, whatever happens in between."""
    copy = head.parent.parent / "kept"
    shutil.copytree(head, copy)
    try:
        yield
    finally:
        shutil.rmtree(head, ignore_errors=True)
        copy.rename(head)


def _write(name: str, text: str) -> Callable[[Path], object]:
    return lambda head: (head / name).write_text(text, encoding="utf-8")


def _truncate(head: Path) -> None:
    for weights in head.glob("*/weights.safetensors"):
        with weights.open("r+b") as file:
            file.truncate(weights.stat().st_size // 2)


_BREAKS: tuple[Callable[[Path], object], ...] = (
    _write("aliases.json", ""),
    _write("aliases.json", '{"generation": 9'),
    _write("aliases.json", '{"generation": 99, "production": "../../etc"}'),
    _write("aliases.json", '{"generation": 99, "production": "77"}'),
    _write("1/head.toml", "name = "),
    _write("1/golden.json", "{}"),
    _truncate,
    lambda head: (head / "aliases.json").unlink(),
    lambda head: shutil.rmtree(head / "1"),
)


def expect_version(scene: Scene, version: str) -> None:
    """Ask every gateway on new connections; an answer of another version is wrong."""
    for gateway in scene.cluster.replicas["gateway"]:
        served = [_served(gateway.url, number) for number in range(_ASKED)]
        if old := [one for one in served if one != version]:
            scene.wrong.append(
                f"{gateway.name}: {len(old)} of {_ASKED} answers by version {old[0]}, not {version}"
            )


def _served(url: str, number: int) -> str:
    answer = urllib3.request(
        "POST", f"{url}/v1/classify", json={"text": f"Not interested, thank you {number % 3}."},
        headers={"Connection": "close"}, timeout=20,
    )  # fmt: skip
    head = json.loads(answer.data)["heads"].get(_HEAD, {}) if answer.status == 200 else {}
    return str(head.get("version", f"none (status {answer.status})"))


def _generation(folder: Path) -> int:
    text = (folder / _HEAD / "aliases.json").read_text(encoding="utf-8")
    return int(json.loads(text)["generation"])


ROWS = (
    Row("a head promoted and rolled back every 3 s", swapped, seconds=20.0, quick=True),
    Row("a head changed after 8 idle seconds", changed_after_idling, rate=0.02, seconds=50.0),
    Row("eight people promote at once", raced, seconds=10.0),
    Row("a catalog broken in nine ways", corrupted, seconds=20.0, quick=True),
)
