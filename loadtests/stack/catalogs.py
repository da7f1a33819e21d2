"""Read the versions that the shipped catalog serves, and make catalogs of many heads from it."""

import json
import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "heads" / "catalog"


def production_versions(catalog: Path = SHIPPED) -> dict[str, str]:
    """Return each production head of `catalog` with the version that serves."""
    versions = {}
    for aliases in sorted(catalog.glob("*/aliases.json")):
        version = json.loads(aliases.read_text(encoding="utf-8"))["production"]
        if version is not None:
            versions[aliases.parent.name] = version
    return versions


def production_views(catalog: Path = SHIPPED) -> list[str]:
    """Return the union of the views that the production heads of `catalog` need, sorted."""
    views = set[str]()
    for name, version in production_versions(catalog).items():
        manifest = tomllib.loads((catalog / name / version / "head.toml").read_text("utf-8"))
        views.update(view for member in manifest["members"] for view in member["views"])
    return sorted(views)


def catalog_of(count: int, folder: Path, like: str = "intent") -> Path:
    """Make a catalog in `folder` of `count` heads, each `like`'s production bundle renamed."""
    aliases = (SHIPPED / like / "aliases.json").read_text(encoding="utf-8")
    version = json.loads(aliases)["production"]
    for number in range(count):
        name = f"{like}_{number:02d}"
        target = folder / name / version
        shutil.copytree(SHIPPED / like / version, target)
        manifest = target / "head.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace(f'name = "{like}"', f'name = "{name}"', 1), "utf-8")
        live = {"generation": 1, "production": version}
        (folder / name / "aliases.json").write_text(json.dumps(live), "utf-8")
    return folder
