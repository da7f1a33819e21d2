"""Tell whether this machine's processor multiplies int8 and bf16 by instructions of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedder.checkpoint.folder import Model, ModelError

_INT8_FLAGS: Final = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})
_BF16_FLAGS: Final = frozenset({"avx512_bf16", "amx_bf16"})


def has_int8(cpuinfo: str) -> bool:
    """Whether every processor of a /proc/cpuinfo has AVX512_VNNI, AVX_VNNI or AMX for int8.

    Where it lists no flags (other kinds of processors, other systems) the answer is no.
    """
    return _all_have(_INT8_FLAGS, cpuinfo)


def has_bf16(cpuinfo: str | None = None) -> bool:
    """Whether every processor has AVX512_BF16 or AMX for bf16; this machine's by default.

    Others can compute in bf16 too, many times slower than in fp32.
    """
    return _all_have(_BF16_FLAGS, _cpuinfo() if cpuinfo is None else cpuinfo)


def _all_have(wanted: frozenset[str], cpuinfo: str) -> bool:
    fields = [line.partition(":") for line in cpuinfo.splitlines()]
    flags = [set(value.split()) for name, _, value in fields if name.strip() == "flags"]
    return bool(flags) and all(wanted & each for each in flags)


def refuse_without_int8(model: Model) -> None:
    """Raise `ModelError` where an int8 checkpoint would be slow here, and not exact.

    Without these instructions products are summed in 16 bits, which may overflow.
    """
    if not has_int8(_cpuinfo()):
        raise ModelError(
            f"{model.folder} is an int8 checkpoint, and this processor has no AVX512_VNNI, "
            "AVX_VNNI or AMX to run it: set EMBEDDER_MODEL_DIR to a checkpoint that is not int8",
            code="processor_unsuitable",
        )


def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
