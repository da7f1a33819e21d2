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
