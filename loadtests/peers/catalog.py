"""Define the peers: how each is installed, started, asked, and what a right answer is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loadtests.peers.export_onnx import FP32, INT8
from loadtests.reports.peers import SAME, SHIPPED
from loadtests.stack.catalogs import production_versions

DIM = 384
HEADS = len(production_versions())
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GRAPHS = ROOT / ".cache" / "peers" / "onnx"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Place:
    """Where a peer runs: its python, the folder of the encoder, a folder of its own, its port."""

    python: Path
    model: Path
    folder: Path
    port: int

    @property
    def heads(self) -> Path:
        """The heads that it computes, as `product.Product` reads them."""
        return self.folder / "heads.npz"


@dataclass(frozen=True)
class Peer:
    """One peer. `heads` 0: it gives an embedding and no judgement. `requirements` "": ours.

    `kind` SAME: the weights, depth and precision that the others of that kind have.
    """

    name: str
    requirements: str
    heads: int
    path: str
    body: Callable[[str], Any]
    right: Callable[[Any], bool]
    command: Callable[[Place], Sequence[str | Path]]
    prepare: Callable[[Place], Sequence[str | Path]] | None = None
    environment: tuple[tuple[str, str], ...] = tuple(ONE_THREAD.items())
    kind: str = SAME
    precision: str = "fp32"


def _scores(answer: Any) -> bool:
    return len(answer["heads"]) == HEADS


def _text(text: str) -> Any:
    return {"text": text}


def _gunicorn(place: Place, app: str, where: Path) -> list[str | Path]:
    return [
        place.python, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{place.port}",
        "--timeout", "300", "--keep-alive", "30", "--chdir", where, app,
    ]  # fmt: skip


def _fleet(heads: int) -> Peer:
    return Peer(
        f"Flask, one BERT a head, {heads} heads", "", heads, "/classify", _text,
        lambda answer: len(answer["scores"]) == heads,
        lambda at: _gunicorn(at, f"loadtests.bench.fleet:create_app('{at.model}',{heads})", ROOT),
    )  # fmt: skip


def _infinity(engine: str, batch: int, model: Callable[[Place], str | Path]) -> Peer:
    """Define infinity-emb: with its own batch size, 32, it pads mixed lengths together."""
    return Peer(
        f"infinity-emb ({engine}), batch size {batch}", "infinity", 0, "/embeddings",
        lambda text: {"model": "encoder", "input": text},
        lambda answer: len(answer["data"][0]["embedding"]) == DIM,
        lambda at: [at.python.parent / "infinity_emb", "v2", "--model-id", model(at),
                    "--served-model-name", "encoder", "--engine", engine, "--device", "cpu",
                    "--no-bettertransformer", "--batch-size", str(batch),
                    "--host", "127.0.0.1", "--port", str(at.port)],
        environment=(("DO_NOT_TRACK", "1"),),
    )  # fmt: skip


def _infinity_onnx(batch: int) -> Peer:
    """Define infinity-emb on onnx: it finds a local model only in the working directory."""
    return replace(
        _infinity("optimum", batch, lambda _: "."),
        prepare=lambda at: [at.python.parent / "optimum-cli", "export", "onnx",
                            "--model", at.model, "--task", "feature-extraction",
                            "--library-name", "transformers", at.folder],
    )  # fmt: skip


def _expert(precision: str, rows: int, kind: str) -> Peer:
    """Define the server of a day's work; `rows`: texts of like length in a forward, at most."""
    graph = INT8 if precision == "int8" else FP32
    return Peer(
        f"FastAPI + onnxruntime {precision} + batcher, {rows} a forward", "fastapi", HEADS,
        "/classify", _text, _scores,
        lambda at: [at.python, HERE / "serve_fastapi.py", at.model, GRAPHS / at.model.name / graph,
                    at.heads, str(at.port), "2", str(rows)],
        prepare=lambda at: [own_python(), HERE / "export_onnx.py", at.model,
                            GRAPHS / at.model.name],
        kind=kind, precision=precision,
    )  # fmt: skip


def _litserve(rows: int) -> Peer:
    return Peer(
        f"LitServe, batch size {rows}", "litserve", HEADS, "/predict", _text, _scores,
        lambda at: [at.python, HERE / "serve_litserve.py", at.model, at.heads, str(at.port),
                    "2", str(rows)],
    )  # fmt: skip


def _ray(rows: int) -> Peer:
    return Peer(
        f"Ray Serve (@serve.batch), batch size {rows}", "ray", HEADS, "/", _text, _scores,
        lambda at: [at.python, HERE / "serve_ray.py", at.model, at.heads, str(at.port), str(rows)],
        environment=(("PYTHONPATH", str(HERE)),),
    )  # fmt: skip


PEERS = (
    _expert("int8", 8, SHIPPED),
    _expert("int8", 1, SHIPPED),
    _expert("fp32", 8, SAME),
    _expert("fp32", 1, SAME),
    Peer("Flask + sentence-transformers", "flask", HEADS, "/classify", _text, _scores,
         lambda at: _gunicorn(at, f"serve_flask:create_app('{at.model}','{at.heads}')", HERE)),
    _litserve(32),
    _litserve(4),
    _infinity("torch", 32, lambda at: at.model),
    _infinity("torch", 1, lambda at: at.model),
    _infinity_onnx(32),
    _infinity_onnx(1),
    Peer("MLflow models serve", "mlflow", HEADS, "/invocations",
         lambda text: {"inputs": [text]},
         lambda answer: len(answer["predictions"][0]["heads"]) == HEADS,
         lambda at: [at.python.parent / "mlflow", "models", "serve", "-m", at.folder / "saved",
                     "-h", "127.0.0.1", "-p", str(at.port), "-w", "2", "--env-manager", "local"],
         prepare=lambda at: [at.python, HERE / "save_mlflow.py", at.model, at.heads,
                             at.folder / "saved"]),
    _ray(32),
    _ray(4),
    _fleet(3),
    _fleet(21),
)  # fmt: skip


def bodies(peer: Peer, texts: Sequence[str]) -> list[bytes]:
    """Return one JSON request a text, in this peer's form."""
    return [json.dumps(peer.body(text)).encode() for text in texts]


def checked(peer: Peer) -> Callable[[int, bytes], str]:
    """Return a check that status and content are right."""

    def wrong(status: int, body: bytes) -> str:
        if status != 200:
            return f"status {status}"
        return "" if peer.right(json.loads(body)) else "wrong content"

    return wrong


def own_python() -> Path:
    """Return the interpreter of this project, for peers that need nothing else."""
    return Path(sys.executable)
