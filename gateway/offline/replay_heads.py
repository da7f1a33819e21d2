"""The heads of a replay: those of now, or copies of what answered, of one encoder or of two."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.app import OtherEncoder
from gateway.config import Settings
from gateway.pools.paired import PairedPool
from gateway.prediction_log.versions import version_and_encoder
from gateway.routing.languages import read_model
from gateway.routing.risks import read_risks
from gateway.routing.router import LanguageRouter
from heads.bundle.reading import MAX_FILE_BYTES
from heads.lifecycle import aliases
from heads.lifecycle.aliases import Aliases
from heads.pools.local import LocalPool
from heads.prediction import Pool
from heads.registry.registry import Registry
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.storage.opening import open_catalog

_MOST_BYTES = max(MAX_FILE_BYTES.values()) + 1


@dataclass(frozen=True)
class Catalogs:
    """Where heads are read: of the default encoder, and of a second one where there is one."""

    default: str
    other: str | None

    @classmethod
    def of(cls, settings: Settings) -> "Catalogs":
        """Return what the settings name."""
        return cls(
            settings.catalog, settings.multilingual_catalog if settings.multilingual_heads else None
        )


def open_heads(settings: Settings, catalogs: Catalogs) -> tuple[Pool, OtherEncoder | None]:
    """Return what a gateway asks for heads, and what it needs of a second encoder."""
    pool = LocalPool(Registry(catalogs.default))
    if catalogs.other is None:
        return pool, None
    paired = PairedPool(pool, LocalPool(Registry(catalogs.other)))
    router = LanguageRouter(read_model(), read_risks(settings.language_risks))
    return paired, OtherEncoder(router, paired)


def copy_versions(
    source: Catalogs, versions: Mapping[str, str], folder: Path
) -> tuple[Catalogs, list[tuple[str, str]]]:
    """Copy recorded versions into catalogs where each is production; name those that are gone.

    A second encoder's heads stand in for default ones of their names, which come along: as they
    are now, since nothing of them was recorded.
    """
    for name in ("default", "other"):
        (folder / name).mkdir()
    targets = Catalogs(str(folder / "default"), source.other and str(folder / "other"))
    missing = []
    for head, named in versions.items():
        version, elsewhere = version_and_encoder(named)
        if not elsewhere:
            copied = _copy(source.default, targets.default, head, version)
        else:
            copied = _copy(source.other, targets.other, head, version)
            _copy(source.default, targets.default, head, None)
        if not copied:
            missing.append((head, named))
    return targets, missing


def _copy(source: str | None, target: str | None, head: str, version: str | None) -> bool:
    """Copy a version, or the one in production; return whether it was there."""
    if source is None or target is None:
        return False
    catalog, copies = open_catalog(source), FolderCatalog(Path(target))
    version = version or _production(catalog, head)
    keys = catalog.stamps(f"{head}/{version}/*") if version else ()
    for key in keys:
        blob = catalog.read(key, _MOST_BYTES)
        if blob is not None:
            copies.write(key, blob.content, "")
    if keys and version:
        aliases.write(copies, head, Aliases(1, production=version), "")
    return bool(keys)


def _production(catalog: Catalog, head: str) -> str | None:
    found, _ = aliases.read(catalog, head)
    return found.production
