"""Processors with and without instructions for int8 and bf16, by what /proc/cpuinfo lists."""

from __future__ import annotations

import pytest

from embedder.runtime.processor import has_bf16, has_int8


def cpuinfo(*flags: str) -> str:
    """Write the listing of a machine, a processor for each line of flags."""
    return "\n".join(
        f"processor\t: {number}\nmodel name\t: avx512_vnni in a name\nflags\t\t: {each}\n"
        for number, each in enumerate(flags)
    )


@pytest.mark.parametrize("flag", ["avx512_vnni", "avx_vnni", "amx_int8"])
def test_each_of_the_three_will_do(flag: str) -> None:
    """AVX512_VNNI, AVX_VNNI and AMX's int8 are enough, each alone."""
    assert has_int8(cpuinfo(f"fpu avx2 {flag} sse4_2"))


@pytest.mark.parametrize(
    "listing",
    [
        cpuinfo("fpu avx2 avx512f avx512_bf16 amx_bf16"),
        cpuinfo("fpu not_avx512_vnni avx512_vnnix"),
        cpuinfo("fpu avx512_vnni", "fpu avx2"),
        "processor\t: 0\nFeatures\t: fp asimd\n",
        "",
    ],
)
def test_anything_else_will_not(listing: str) -> None:
    """Other instructions, flags of like names, one processor without, other kinds, no listing."""
    assert not has_int8(listing)


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16"])
def test_either_of_the_two_will_do_for_bf16(flag: str) -> None:
    """AVX512_BF16 and AMX's bf16, on every processor; wide vectors alone are not enough."""
    assert has_bf16(cpuinfo(f"fpu avx2 {flag} sse4_2"))
    assert not has_bf16(cpuinfo("fpu avx2 avx512f avx512_vnni amx_int8"))
    assert not has_bf16(cpuinfo(f"fpu {flag}", "fpu avx2"))
    assert not has_bf16("")
