"""An int8 checkpoint is served as any other, where the processor is made for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedder.checkpoint.folder import ModelError, find_model
from embedder.checkpoint.graph_cache import GraphCache
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.views import POOLINGS, View
from tests.support.checkpoints import write_bert, write_int8_bert

TEXTS = ("yes, Thursday works", "no", "please take me off this list, and do not write again")
CONTEXTS = ("Shall we talk on Thursday?", "", "Did you see my last mail?")
VIEWS = tuple(View(pooling, layer) for layer in range(3) for pooling in POOLINGS)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write a checkpoint, and its int8 form beside it."""
    root = tmp_path_factory.mktemp("checkpoints")
    plain = write_bert(root / "plain")
    return plain, write_int8_bert(plain, root / "int8", root / "graphs")


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend to the instructions, which only speed and very large sums depend on."""
    monkeypatch.setattr("embedder.runtime.processor._cpuinfo", lambda: "flags : avx512_vnni")


def load(folder: Path, cache: Path, **settings: Any) -> LoadedEncoder:
    """Load a checkpoint with one stream, in fp32 if it is not int8."""
    return load_encoder(EncoderConfig(model=folder, streams=1, cache_dir=cache, **settings))


@pytest.mark.usefixtures("able")
def test_every_view_is_near_that_of_the_weights(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """All poolings of all layers, texts with contexts, stay above a cosine of 0.99 to fp32."""
    plain, int8 = (load(folder, tmp_path) for folder in folders)
    want, got = (embed_texts(each, TEXTS, VIEWS, contexts=CONTEXTS) for each in (plain, int8))
    cosine = (want * got).sum(-1) / np.linalg.norm(want, axis=-1) / np.linalg.norm(got, axis=-1)
    assert cosine.min() > 0.99
    assert not np.array_equal(want, got)
    assert int8.encoder.identity.precision == "int8"


@pytest.mark.usefixtures("able")
def test_a_shallow_view_alone_runs_no_deeper(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """A forward to the first layer has no output of the second, and gives the same vectors."""
    int8 = load(folders[1], tmp_path)
    deep = embed_texts(int8, TEXTS, (View("text", 1), View("text", 2)))
    shallow = embed_texts(int8, TEXTS, (View("text", 1),))
    assert np.allclose(shallow[:, 0], deep[:, 0], atol=1e-5)
    runtime: Any = int8.encoder
    graph, _ = runtime._runtime._read(1)
    assert [output.any_name for output in graph.outputs] == ["layer_0", "layer_1"]
    assert not any(node.get_friendly_name().startswith("layer.1.") for node in graph.get_ops())


@pytest.mark.usefixtures("able")
def test_int8_is_another_checkpoint(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Its fingerprint is its own; fp32 and the processor's best format share one."""
    plain = {load(folders[0], tmp_path, precision=p).encoder.identity.fingerprint
             for p in ("fp32", "auto")}  # fmt: skip
    assert len({*plain, load(folders[1], tmp_path).encoder.identity.fingerprint}) == 2


def test_a_processor_without_the_instructions_refuses_it(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Start fails with its own code, and names the setting to change; other checkpoints run."""
    monkeypatch.setattr("embedder.runtime.processor._cpuinfo", lambda: "flags : avx2 avx512f")
    with pytest.raises(ModelError, match="set EMBEDDER_MODEL_DIR") as refused:
        load(folders[1], tmp_path)
    assert refused.value.code == "processor_unsuitable"
    assert load(folders[0], tmp_path, precision="fp32").encoder.identity.precision == "fp32"


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"precision": "fp32"}, "EMBEDDER_PRECISION=auto"),
        ({"precision": "bf16"}, "EMBEDDER_PRECISION=auto"),
        ({"runtime": "onnxruntime"}, "EMBEDDER_RUNTIME=openvino"),
        ({"runtime": "cuda"}, "EMBEDDER_RUNTIME=openvino"),
    ],
)
def test_what_cannot_be_had_of_it_is_refused(
    settings: dict[str, Any], named: str, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """No other number format or runtime is taken in silence; the setting is named."""
    with pytest.raises(ModelError, match=named):
        load(folders[1], tmp_path, **settings)


@pytest.mark.parametrize("name", ["graph.xml", "graph.bin", "quantization.json"])
def test_a_damaged_graph_is_refused(name: str, folders: tuple[Path, Path], tmp_path: Path) -> None:
    """One changed byte of the graph, or a recipe without its digests, is refused by name."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    for file in folders[1].iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content)
    content = (folder / name).read_bytes()
    changed = b"{}" if name.endswith("json") else content[:-9] + b"?" + content[-8:]
    (folder / name).write_bytes(changed)
    with pytest.raises(ModelError, match=r"quantization\.json"):
        find_model(folder)


@pytest.mark.usefixtures("able")
def test_a_graph_of_too_few_layers_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """A configuration that promises more layers than the graph has ends the start."""
    folder = tmp_path / "deeper"
    folder.mkdir()
    for file in folders[1].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(ModelError, match=r"graph\.xml"):
        load(folder, tmp_path)


def test_nothing_starts_from_its_weights(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """It has none: a graph in another format, and so tuning, refuse it by what it is."""
    with pytest.raises(ModelError, match="int8 checkpoint"):
        GraphCache(find_model(folders[1]), tmp_path).ensure()
