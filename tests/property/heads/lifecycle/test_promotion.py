"""Laws of a head's life for any order of steps and any number of writers."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import ConflictError, HeadsError
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import ROLES, Aliases, Role
from heads.lifecycle.canary_watch import CanaryWatch, Observation
from heads.lifecycle.promotion import Author, demote, promote, rollback
from heads.policy import Bounds
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.storage.opening import open_catalog
from tests.support.bucket import bucket_server, fresh_address
from tests.support.bundles import make_bundle
from tests.support.examples import examples
from tests.support.roles import point

ANN = Author("ann")
VERSIONS = ("1", "2", "3")
Step = tuple[str, str | None, Role | None]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("promote"), st.sampled_from(VERSIONS), st.sampled_from(ROLES)),
    st.tuples(st.just("withdraw"), st.none(), st.sampled_from(ROLES)),
    st.tuples(st.just("rollback"), st.none(), st.none()),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    """Run one S3 server; give boto3 the way to it."""
    with pytest.MonkeyPatch.context() as patch, bucket_server() as environment:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write three versions of one head."""
    made = tmp_path_factory.mktemp("made")
    return [make_bundle(made, seed=int(one), version=one) for one in VERSIONS]


def filled(catalog: Catalog, bundles: list[Path]) -> Catalog:
    """Publish all versions into an empty catalog, without roles, and return it."""
    for folder in bundles:
        publish_to(catalog, read_folder(folder))
    return catalog


def take(catalog: Catalog, step: Step) -> str:
    """Take a step; return the code of the error if it could not be taken, else ""."""
    what, version, role = step
    try:
        if what == "promote" and version and role:
            promote(catalog, "intent", version, role, ANN)
        elif what == "withdraw" and role:
            demote(catalog, "intent", role, ANN)
        else:
            rollback(catalog, "intent", ANN)
    except HeadsError as error:
        return error.code
    return ""


@settings(max_examples=examples(25))
@given(steps=st.lists(STEPS, max_size=8))
def test_folder_and_bucket_agree_after_any_steps(
    server: Mapping[str, str], bundles: list[Path], steps: list[Step]
) -> None:
    """Equal steps give equal aliases and equal records; a refused step changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        both = [
            filled(one, bundles)
            for one in (FolderCatalog(Path(folder)), open_catalog(fresh_address()))
        ]
        for step in steps:
            before = aliases.read(both[0], "intent")[0]
            told = [take(one, step) for one in both]
            held = [aliases.read(one, "intent")[0] for one in both]
            assert told[0] == told[1]
            assert held[0] == held[1]
            assert held[0].generation == before.generation + (told[0] == "")
            check_sane(held[0])
        records = [[(e.action, e.generation, e.after) for e in audit.entries(one)] for one in both]
        assert records[0] == records[1]
        assert [entry[1] for entry in records[0]] == list(range(1, len(records[0]) + 1))


def check_sane(held: Aliases) -> None:
    """Shares only where a role is held; the content of every version with a role is known."""
    assert (held.candidate is None) == (held.candidate_weight == 0)
    assert (held.shadow is None) == (held.shadow_sample == 0)
    named = {held.production, held.candidate, held.shadow} - {None}
    assert named <= set(held.digests)


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_no_change_is_lost_among_writers(
    server: Mapping[str, str], bundles: list[Path], tmp_path: Path, kind: str
) -> None:
    """Writers at once: as many generations as steps that succeeded, each conflict told to one."""
    catalog = filled(
        FolderCatalog(tmp_path) if kind == "folder" else open_catalog(fresh_address()), bundles
    )
    done: list[int] = []
    refused: list[str] = []

    def write(writer: int) -> None:
        for number in range(6):
            version = VERSIONS[(writer + number) % 3]
            try:
                done.append(promote(catalog, "intent", version, "shadow", ANN).generation)
            except ConflictError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) + len(refused) == 24
    assert sorted(done) == list(range(1, len(done) + 1))
    assert aliases.read(catalog, "intent")[0].generation == len(done)
    outcomes = [entry.outcome for entry in audit.entries(catalog)]
    assert (outcomes.count("done"), outcomes.count("forestalled")) == (len(done), len(refused))


def test_writers_who_look_again_all_get_through(bundles: list[Path], tmp_path: Path) -> None:
    """Four writers that repeat a change after each conflict lose none of their changes."""
    filled(FolderCatalog(tmp_path), bundles)

    def write() -> None:
        for version in VERSIONS:
            point(tmp_path / "intent", "production", version)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert aliases.read_folder(tmp_path / "intent").generation == 12


OBSERVATIONS = st.builds(
    Observation,
    error=st.booleans(),
    abstained=st.booleans(),
    disagreed=st.none() | st.booleans(),
    production_abstained=st.none() | st.booleans(),
)


@given(
    seen=st.lists(OBSERVATIONS, max_size=60),
    window=st.integers(1, 20),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
)
def test_a_watch_counts_exactly_its_window(
    seen: list[Observation], window: int, shares: tuple[float, float, float, float]
) -> None:
    """The running counts say what counting the last `window` requests anew would say."""
    names = ("error_rate", "disagreement", "abstain_rate", "abstain_rise")
    watch = CanaryWatch(Bounds(window=window, **dict(zip(names, shares, strict=True))))
    for place, one in enumerate(seen):
        told = watch.observe(one)
        last = seen[max(0, place + 1 - window) : place + 1]
        scored = [other for other in last if not other.error]
        rise = sum(
            other.abstained - other.production_abstained
            for other in scored
            if other.production_abstained is not None
        )
        counts = (
            sum(other.error for other in last),
            sum(bool(other.disagreed) for other in scored),
            sum(other.abstained for other in scored),
            rise,
        )
        broken = any(n > share * window for n, share in zip(counts, shares, strict=True))
        assert (told is not None) == broken
        assert watch.requests == len(last)
