"""The committed protobuf code is what the `.proto` files say."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {
    "protos/embedder/v1/embedder.proto": ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py"),
    "protos/heads/v1/heads.proto": ("_pb2.py", "_pb2.pyi"),
}


@pytest.mark.parametrize("proto", GENERATED)
def test_generated_code_is_fresh(proto: str, tmp_path: Path) -> None:
    """`make protos` would change nothing."""
    out = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", f"--grpc_python_out={tmp_path}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I", ".", *out, proto],
                   check=True, cwd=ROOT)  # fmt: skip

    for suffix in GENERATED[proto]:
        name = proto.removesuffix(".proto") + suffix
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), f"{name} is stale"
