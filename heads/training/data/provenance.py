"""Records which rows a bundle or encoder learnt from (rows.json), and keeps rows apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import DEFAULT_WEIGHTS_SHA256, RECIPE, Model
from embedder.checkpoint.shipped import shipped_adapter
from heads.bundle.facts import METRICS_FILE
from heads.bundle.reading import BundleFiles
from heads.training.data.dataset import Dataset
from heads.training.data.near_duplicates import folded
from heads.training.errors import DataError

ROWS_FILE = "rows.json"
BEHAVIOUR_FACT = "behaviour"
"""Under which metrics.json holds what a training recorded of a head's behaviour."""
RECIPE_FILE = "tuning.json"
"""How an encoder was tuned; stands in its folder."""
HELD_OUT_IN = 5
"""One author in so many is never learnt from by `heads new`."""


def held_out(data: Dataset) -> NDArray[np.bool_]:
    """Mark rows (n,) to measure on: of every fifth author by hash, whenever they appear.

    Where no author is named, or every row is somebody else's, every fifth text by hash, whatever
    it answers.
    """
    return held_out_rows(data.authors, data.texts)


def held_out_rows(authors: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the rows that `held_out` marks, labelled or not."""
    alone = len(set(authors)) == len(texts)
    keys = list(map(row_key, texts)) if alone else list(authors)
    numbers = [int.from_bytes(_hash(key)[:8], "big") % HELD_OUT_IN for key in keys]
    return np.array([number == 0 for number in numbers], dtype=bool)


def row_key(text: str, context: str = "") -> str:
    """Return sixteen hex digits, the same for texts that differ in case and space only.

    One text under two contexts is two rows; without one the key is that of the text alone.
    """
    return _hash("\0".join(filter(None, map(folded, (text, context))))).hex()


def row_keys(data: Dataset) -> frozenset[str]:
    """Return the keys of all rows."""
    return frozenset(map(row_key, data.texts, data.contexts))


def pack_rows(keys: Iterable[str]) -> bytes:
    """Write rows.json of what learns from the rows with these keys: digests, no text."""
    return json.dumps({"rows": sorted(set(keys))}).encode()


def encoder_rows(folder: Path) -> frozenset[str]:
    """Read the keys of the rows that an encoder was tuned on; none where none are listed.

    Raises DataError for a bad rows.json.
    """
    try:
        return _keys((folder / ROWS_FILE).read_bytes(), str(folder))
    except FileNotFoundError:
        return frozenset()


Origin = Literal["frozen", "tuned", "unknown"]
"""Of an encoder: the pinned base, one that was tuned, or one whose folder does not tell."""


def encoder_origin(model: Model) -> Origin:
    """Tell how an encoder came to be; what is rounded to int8 is what it was made of.

    That no rows are listed in its folder does not make it frozen: only the base's own weights do.
    """
    weights = model.weights_sha256
    if model.quantized:
        weights = str(json.loads((model.folder / RECIPE).read_text())["base"]["weights_sha256"])
    if weights == DEFAULT_WEIGHTS_SHA256:
        return "frozen"
    shipped = shipped_adapter()
    listed = any((model.folder / name).is_file() for name in (ROWS_FILE, RECIPE_FILE))
    if listed or (shipped is not None and shipped.weights_sha256 == weights):
        return "tuned"
    return "unknown"


def known_to_encoder(data: Dataset, tuned_on: Set[str]) -> str:
    """Warn where rows of `data` tuned the encoder that a head is to learn on, else ""."""
    known = count_known(data, tuned_on)
    if not known:
        return ""
    share = f"{known} of {len(data)} rows tuned the encoder"
    return f"warning: figures and thresholds are too good: {share}"


def count_known(data: Dataset, tuned_on: Set[str]) -> int:
    """Count the rows of `data` whose labels the encoder learnt."""
    return sum(key in tuned_on for key in map(row_key, data.texts, data.contexts))


def data_digest(data: Dataset) -> str:
    """Hash the texts, contexts and labels that a head learnt from, in any order."""
    rows = zip(data.texts, data.contexts, data.strata, strict=True)
    lines = sorted(
        "\0".join((text, *filter(None, [context]), label)) for text, context, label in rows
    )
    return "sha256:" + hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def unseen(bundle: BundleFiles, data: Dataset) -> NDArray[np.bool_] | None:
    """Mark rows (n,) that the bundle did not learn from; None where that is unknown.

    It can where the bundle lists its rows, or where the digest in its metrics.json is that of
    `data`, or of the part of `data` that is not held out. Raises DataError for a bad rows.json.
    """
    if ROWS_FILE in bundle.files:
        seen = _keys(bundle.files[ROWS_FILE], bundle.manifest.name)
        keys = map(row_key, data.texts, data.contexts)
        return np.array([key not in seen for key in keys], dtype=bool)
    if ROWS_FILE in bundle.manifest.files:
        return None  # it is lost or damaged
    learnt = _learnt_from(bundle)
    if learnt == data_digest(data):
        return np.zeros(len(data), dtype=bool)
    apart = held_out(data)
    if learnt == data_digest(data.rows(np.flatnonzero(~apart))):
        return apart
    return None


def _keys(content: bytes, where: str) -> frozenset[str]:
    try:
        return frozenset(str(key) for key in json.loads(content)["rows"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where}: {ROWS_FILE} cannot be read: {error!r}") from error


def known_rows(bundle: BundleFiles) -> frozenset[str] | None:
    """Return the keys in the bundle's rows.json, None without one. Raises DataError."""
    content = bundle.files.get(ROWS_FILE)
    return None if content is None else _keys(content, bundle.manifest.name)


def _learnt_from(bundle: BundleFiles) -> str:
    try:
        return str(json.loads(bundle.files[METRICS_FILE])["data_sha256"])
    except (ValueError, KeyError, TypeError):
        return ""


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
