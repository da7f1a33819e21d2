"""When a worker of the heads service may be asked."""

from pathlib import Path

from heads.config import load_settings
from heads.lifecycle.promotion import Author
from heads.lifecycle.switches import FILE, switch
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from heads.storage.folder import FolderCatalog
from tests.support.bundles import put_live


def test_a_new_worker_is_ready_when_it_knows_what_is_off(tmp_path: Path) -> None:
    """Behind a switch file that was never read it says so; one that breaks later is no matter."""
    put_live(tmp_path)
    (tmp_path / FILE).write_text("broken")
    registry = Registry(tmp_path)
    app = create_app(
        load_settings({"HEADS_CATALOG": str(tmp_path)}), registry, Metrics(shared=False)
    )

    def readiness() -> tuple[int, str]:
        registry.poll()
        response = app.test_client().get("/readyz")
        return response.status_code, response.get_data(as_text=True)

    status, body = readiness()
    assert (status, '"code":"not_ready"' in body, FILE in body) == (503, True, True)
    (tmp_path / FILE).unlink()
    switch(FolderCatalog(tmp_path), "rule:empty", on=False, author=Author("ann"))
    assert readiness()[0] == 200
    (tmp_path / FILE).write_text("broken")
    assert readiness()[0] == 200
    assert registry.current().head_set.disabled_rules == ("empty",)


def test_a_new_worker_is_ready_when_it_has_all_that_production_names(tmp_path: Path) -> None:
    """It names what it could not load; once it had all, what fails later is no matter."""
    put_live(tmp_path)
    put_live(tmp_path, name="pricing", version="1")
    kept = (tmp_path / "pricing" / "1" / "weights.safetensors").read_bytes()
    (tmp_path / "pricing" / "1" / "weights.safetensors").write_bytes(b"broken")
    registry = Registry(tmp_path)
    app = create_app(
        load_settings({"HEADS_CATALOG": str(tmp_path)}), registry, Metrics(shared=False)
    )

    def readiness() -> tuple[int, str]:
        registry.poll()
        response = app.test_client().get("/readyz")
        return response.status_code, response.get_data(as_text=True)

    status, body = readiness()
    assert (status, "loaded: pricing" in body, "intent" in body) == (503, True, False)
    (tmp_path / "pricing" / "1" / "weights.safetensors").write_bytes(kept)
    assert readiness()[0] == 200
    put_live(tmp_path, name="later")
    (tmp_path / "later" / "1" / "weights.safetensors").write_bytes(b"broken")
    assert readiness()[0] == 200


def test_a_head_that_is_switched_off_keeps_no_worker_from_being_ready(tmp_path: Path) -> None:
    """Switching it off is how a head that cannot be loaded is got out of the way."""
    put_live(tmp_path)
    put_live(tmp_path, name="pricing")
    (tmp_path / "pricing" / "1" / "weights.safetensors").write_bytes(b"broken")
    registry = Registry(tmp_path)
    assert registry.never_loaded() == ("pricing",)
    switch(FolderCatalog(tmp_path), "head:pricing", on=False, author=Author("ann"))
    registry.poll()
    assert registry.never_loaded() == ()
