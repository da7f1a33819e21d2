"""Which build of the heads service runs."""

from pathlib import Path

from heads.config import load_settings
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from tests.support.bundles import put_live


def test_the_build_that_runs_is_told(tmp_path: Path) -> None:
    """`/version` and the metric name the same release and commit."""
    put_live(tmp_path)
    settings = load_settings({"HEADS_CATALOG": str(tmp_path)})
    client = create_app(settings, Registry(tmp_path), Metrics(shared=False)).test_client()
    build = client.get("/version").get_json()
    labels = f'commit="{build["commit"]}",version="{build["version"]}"'

    assert build["service"] == "heads"
    assert f"\nheads_build_info{{{labels}}} 1.0\n" in client.get("/metrics").get_data(as_text=True)
