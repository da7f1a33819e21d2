"""Define the peers: how each is installed, started, asked, and what a right answer is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

DIM = 384
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Place:
    """Where a peer runs: its python, the folder of the encoder, a folder of its own, its port."""

    python: Path
    model: Path
    folder: Path
    port: int


@dataclass(frozen=True)
class Peer:
    """One peer. `heads` 0: it gives an embedding and no judgement. `requirements` "": ours."""

    name: str
    requirements: str
    heads: int
    path: str
    body: Callable[[str], Any]
    right: Callable[[Any], bool]
    command: Callable[[Place], Sequence[str | Path]]
    prepare: Callable[[Place], Sequence[str | Path]] | None = None
    environment: tuple[tuple[str, str], ...] = tuple(ONE_THREAD.items())


def _vector(answer: Any) -> bool:
    return len(answer["embedding"]) == DIM


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


PEERS = (
    Peer("Flask + sentence-transformers", "flask", 0, "/embed", _text, _vector,
         lambda at: _gunicorn(at, f"serve_flask:create_app('{at.model}')", HERE)),
    Peer("LitServe", "litserve", 0, "/predict", _text, _vector,
         lambda at: [at.python, HERE / "serve_litserve.py", at.model, str(at.port), "2"]),
    _infinity("torch", 32, lambda at: at.model),
    _infinity("torch", 1, lambda at: at.model),
    _infinity_onnx(32),
    _infinity_onnx(1),
    Peer("MLflow models serve", "mlflow", 0, "/invocations",
         lambda text: {"inputs": [text]},
         lambda answer: len(answer["predictions"][0]) == DIM,
         lambda at: [at.python.parent / "mlflow", "models", "serve", "-m", at.folder / "saved",
                     "-h", "127.0.0.1", "-p", str(at.port), "-w", "2", "--env-manager", "local"],
         prepare=lambda at: [at.python, HERE / "save_mlflow.py", at.model, at.folder / "saved"]),
    Peer("Ray Serve (@serve.batch)", "ray", 0, "/", _text, _vector,
         lambda at: [at.python, HERE / "serve_ray.py", at.model, str(at.port)], environment=()),
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
