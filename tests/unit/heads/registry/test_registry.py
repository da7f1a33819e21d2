"""Laws of the live registry and of the pool in this process."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import structlog

from heads.errors import AliasError, CatalogError
from heads.inference.stack import score
from heads.lifecycle import aliases
from heads.pools.local import LocalPool, answer
from heads.prediction import FeatureRow, HeadScores, HeadSet, PredictRequest
from heads.registry.registry import Registry
from heads.registry.snapshot import Snapshot
from heads.storage.folder import FolderCatalog
from tests.support.bundles import FINGERPRINT, feature_rows, make_bundle, put_live
from tests.support.roles import point
from tests.support.waiting import until

OTHER = "sha256:" + "1" * 64


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def events() -> Iterator[list[structlog.typing.EventDict]]:
    """Capture the log."""
    with structlog.testing.capture_logs() as captured:
        yield captured


def ask(
    registry: Registry, head_set: HeadSet, name: str = "intent", fingerprint: str = FINGERPRINT
) -> HeadScores:
    """Ask one head, planned with `head_set`; nothing but the registry looks at the folder."""
    request = PredictRequest(head_set, [name], feature_rows(2), fingerprint, 1)
    (scores,) = answer(registry, list(request.refs().values()), request.rows, fingerprint)
    return scores


def test_a_promoted_version_goes_live_and_the_old_answers_pinned_calls(tmp_path: Path) -> None:
    """After a swap the plan made before it gets the old version, until `retain_s` is over."""
    clock = Clock()
    put_live(tmp_path, version="1", seed=1)
    registry = Registry(tmp_path, retain_s=60, clock=clock)
    before = registry.current().head_set
    put_live(tmp_path, version="2", seed=2)
    assert registry.poll()
    after = registry.current().head_set
    assert after.generation != before.generation
    assert (ask(registry, before).version, ask(registry, after).version) == ("1", "2")
    assert not np.allclose(ask(registry, before).scores, ask(registry, after).scores)
    shutil.rmtree(tmp_path / "intent" / "1")
    assert ask(registry, before).version == "1"
    clock.now = 61
    registry.poll()
    assert ask(registry, before).status == "unknown_version"


def test_a_vanished_aliases_file_keeps_what_served(
    tmp_path: Path, events: list[structlog.typing.EventDict]
) -> None:
    """As a vanished version does: with the reason, logged once, until the file is there again."""
    put_live(tmp_path, version="1", seed=1)
    put_live(tmp_path, name="pricing")
    point(tmp_path / "pricing", "shadow", "1")
    registry = Registry(tmp_path)
    generation = registry.current().head_set.generation
    aliases_of = {name: tmp_path / name / aliases.FILE for name in ("intent", "pricing")}
    contents = {name: path.read_bytes() for name, path in aliases_of.items()}
    for path in aliases_of.values():
        path.unlink()
    for _ in range(3):
        registry.poll()
    snapshot = registry.current()
    assert snapshot.head_set.generation == generation
    assert snapshot.refused == dict.fromkeys(
        aliases_of, "aliases.json is gone, what served is kept"
    )
    assert [e["head"] for e in events if e["event"] == "head_refused"] == ["intent", "pricing"]
    put_live(tmp_path, version="2", seed=2, name="other")
    registry.poll()
    assert ask(registry, registry.current().head_set).version == "1"
    for name, path in aliases_of.items():
        path.write_bytes(contents[name])
    registry.poll()
    assert not registry.current().refused
    point(tmp_path / "pricing", "production", None)  # on purpose
    registry.poll()
    assert list(registry.current().head_set.heads) == ["intent", "other"]


def test_a_call_pinned_to_a_version_not_seen_yet_looks_at_once(tmp_path: Path) -> None:
    """A plan learnt from a quicker worker is answered without waiting for the next poll."""
    put_live(tmp_path, version="1")
    slow, quick = Registry(tmp_path), Registry(tmp_path)
    slow.current()
    put_live(tmp_path, version="2")
    assert ask(slow, quick.current().head_set).version == "2"


def test_a_version_that_was_live_too_briefly_to_be_seen_is_answered(tmp_path: Path) -> None:
    """A plan naming a version that only another worker saw in production is kept all the same."""
    put_live(tmp_path, version="1")
    slow, quick = Registry(tmp_path), Registry(tmp_path)
    slow.current()
    put_live(tmp_path, version="2", seed=2)
    plan = quick.current().head_set
    broken = make_bundle(tmp_path, version="3")
    (broken / "golden.json").unlink()
    point(tmp_path / "intent", "production", "3")
    assert (ask(slow, plan).status, ask(slow, plan).version) == ("ok", "2")
    assert not slow.recall("intent", "3")
    assert not slow.recall("intent", "../../etc")


def test_workers_with_equal_content_show_equal_generations(tmp_path: Path) -> None:
    """The generation is derived from content: equal in all workers, back again after a rollback."""
    put_live(tmp_path, version="1")
    registry = Registry(tmp_path)
    first = registry.current().head_set.generation
    assert Registry(tmp_path).current().head_set.generation == first
    put_live(tmp_path, version="2", seed=2)
    registry.poll()
    point(tmp_path / "intent", "production", "1")
    registry.poll()
    assert registry.current().head_set.generation == first


def test_a_corrupt_version_keeps_the_old_one_and_is_visible(
    tmp_path: Path, events: list[structlog.typing.EventDict]
) -> None:
    """A failed load leaves production answering; description, log and on_swap tell of it."""
    swaps = []
    put_live(tmp_path, version="1")
    registry = Registry(tmp_path, on_swap=lambda snapshot, _: swaps.append(snapshot.refused))
    registry.current()
    folder = make_bundle(tmp_path, version="2")
    (folder / "weights.safetensors").write_bytes(b"garbage")
    point(tmp_path / "intent", "production", "2")
    assert registry.poll()
    info = registry.current().head_set.heads["intent"]
    assert (info.version, info.status) == ("1", "serving")
    assert "version 2" in info.error
    assert "weights.safetensors: digest" in info.error
    assert ask(registry, registry.current().head_set).status == "ok"
    assert list(swaps[-1]) == ["intent"]
    assert any(event["event"] == "head_refused" for event in events)
    assert not registry.poll(), "nothing changed: the same failure is not tried again"


def test_a_version_repaired_in_place_goes_live(tmp_path: Path) -> None:
    """A bundle still being copied is refused, then taken once its files are whole."""
    folder = make_bundle(tmp_path / "elsewhere", version="1")
    target = tmp_path / "catalog" / "intent" / "1"
    target.mkdir(parents=True)
    shutil.copy(folder / "head.toml", target)
    point(target.parent, "production", "1")
    registry = Registry(tmp_path / "catalog")
    info = registry.current().head_set.heads["intent"]
    assert (info.status, info.labels) == ("failed", ())
    assert ask(registry, registry.current().head_set).status == "unavailable"
    for path in folder.iterdir():
        shutil.copy(path, target)
    assert registry.poll()
    assert registry.current().head_set.heads["intent"].status == "serving"


def test_adding_and_removing_a_folder_adds_and_removes_a_head(tmp_path: Path) -> None:
    """A head is a folder; others are not touched, not even reloaded."""
    put_live(tmp_path, name="intent")
    registry = Registry(tmp_path)
    kept = registry.current().production["intent"].head
    assert kept is not None
    put_live(tmp_path, name="pricing", kind="sigmoid", labels=("yes", "no"))
    registry.poll()
    assert list(registry.current().head_set.heads) == ["intent", "pricing"]
    now = registry.current().production["intent"].head
    assert now is not None
    assert now.manifest is kept.manifest
    shutil.rmtree(tmp_path / "pricing")
    registry.poll()
    assert ask(registry, registry.current().head_set, "pricing").status == "unknown_head"


def test_an_unreadable_catalog_changes_nothing(tmp_path: Path) -> None:
    """A catalog that vanishes leaves what is loaded answering."""
    put_live(tmp_path / "catalog")
    registry = Registry(tmp_path / "catalog")
    head_set = registry.current().head_set
    (tmp_path / "catalog").rename(tmp_path / "gone")
    assert not registry.poll()
    assert ask(registry, head_set).status == "ok"


def test_an_unreadable_catalog_is_told_once_and_so_is_its_return(
    tmp_path: Path, events: list[structlog.typing.EventDict]
) -> None:
    """What looks four times a second does not log four lines a second."""
    registry = Registry(tmp_path / "catalog")
    for _ in range(3):
        registry.poll()
    put_live(tmp_path / "catalog")
    for _ in range(3):
        registry.poll()
    lines = [event["event"] for event in events if event["event"].startswith("catalog_")]

    assert lines == ["catalog_unreadable", "catalog_readable"]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"generation": 1, "production": "../x"}'])
def test_a_bad_aliases_file_keeps_the_old_head(tmp_path: Path, content: str) -> None:
    """aliases.json is parsed strictly, and a bad one is a refusal like any other."""
    put_live(tmp_path)
    registry = Registry(tmp_path)
    registry.current()
    (tmp_path / "intent" / "aliases.json").write_text(content)
    registry.poll()
    info = registry.current().head_set.heads["intent"]
    assert (info.version, info.status) == ("1", "serving")
    assert "aliases.json" in info.error


def test_vectors_of_another_encoder_are_refused(tmp_path: Path) -> None:
    """The answer names both fingerprints, and other heads still answer."""
    put_live(tmp_path, name="intent")
    put_live(tmp_path, name="moved", fingerprint=OTHER)
    registry = Registry(tmp_path)
    pool = LocalPool(registry)
    answers = pool.predict(
        PredictRequest(pool.head_set(), ["intent", "moved"], feature_rows(1), FINGERPRINT, 1)
    )
    pool.close()
    assert answers["intent"].status == "ok"
    assert answers["moved"].status == "fingerprint_mismatch"
    assert FINGERPRINT in answers["moved"].message
    assert OTHER in answers["moved"].message


def test_a_head_without_its_view_fails_alone(tmp_path: Path) -> None:
    """Missing, misshapen and non-finite vectors cost the heads that read them, no other."""
    put_live(tmp_path, name="middle", members=[{"views": ["mean@3"]}])
    put_live(tmp_path, name="top", members=[{"views": ["mean@6"]}])
    pool = LocalPool(Registry(tmp_path))
    good = np.ones(8, dtype=np.float32)
    for vectors in ({}, {"mean@6": good[:5]}, {"mean@6": good * np.nan}):
        row = FeatureRow({"mean@3": good, **vectors})
        answers = pool.predict(
            PredictRequest(pool.head_set(), ["top", "middle"], [row], FINGERPRINT, 1)
        )
        assert (answers["middle"].status, answers["top"].status) == ("ok", "error")
    pool.close()


def test_multi_label_scores_are_independent_sigmoids(tmp_path: Path) -> None:
    """Scores of a sigmoid head do not sum to one: several labels may hold at once."""
    put_live(tmp_path, name="topics", kind="sigmoid", labels=("price", "legal", "tech"), seed=4)
    pool = LocalPool(Registry(tmp_path))
    (answer,) = pool.predict(
        PredictRequest(pool.head_set(), ["topics"], feature_rows(50), FINGERPRINT, 1)
    ).values()
    pool.close()
    sums = answer.scores.sum(axis=1)
    assert ((answer.scores >= 0) & (answer.scores <= 1)).all()
    assert sums.min() < 0.9
    assert sums.max() > 1.1


def test_swaps_under_load_never_mix_versions(tmp_path: Path) -> None:
    """While versions change, every answer is wholly the version that its plan named."""
    rows = feature_rows(2)
    wanted = {}
    for version in ("1", "2"):
        make_bundle(tmp_path, version=version, seed=int(version))
    registry = Registry(tmp_path, poll_interval_s=0.01)
    for version in ("1", "2"):
        point(tmp_path / "intent", "production", version)
        registry.poll()
        head = registry.current().production["intent"].head
        assert head is not None
        wanted[version] = score(head, rows)
    pool = LocalPool(registry)
    stop, wrong = threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            plan = pool.head_set()
            answer = pool.predict(PredictRequest(plan, ["intent"], rows, FINGERPRINT, 1))
            scores, version = answer["intent"], plan.heads["intent"].version
            if scores.version != version or not np.allclose(scores.scores, wanted[version]):
                wrong.append(scores)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for change in range(40):
        point(tmp_path / "intent", "production", str(change % 2 + 1))
        registry.poll()
    stop.set()
    for thread in threads:
        thread.join()
    pool.close()
    assert wrong == []


def test_aliases_count_generations_and_check_versions(tmp_path: Path) -> None:
    """Each change adds one; a version that does not exist gets no role."""
    folder = make_bundle(tmp_path).parent
    assert point(folder, "production", "1").generation == 1
    both = point(folder, "candidate", "1", 0.2)
    assert (both.generation, both.production, both.candidate) == (2, "1", "1")
    assert (both.candidate_weight, both.shadow) == (0.2, None)
    assert point(folder, "candidate", None) == aliases.read_folder(folder)
    with pytest.raises(AliasError, match="no version 7"):
        point(folder, "production", "7")


def test_looking_for_a_retired_version_survives_that_it_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls walk what is retired while a look drops some of it, and find what was there."""
    clock = Clock()
    put_live(tmp_path, version="1", seed=1)
    registry = Registry(tmp_path, retain_s=60, clock=clock)
    before = registry.current().head_set
    for version in ("2", "3"):
        put_live(tmp_path, version=version, seed=int(version))
        registry.poll()
    position = Snapshot.position

    def meanwhile(snapshot: Snapshot, name: str, version: str) -> int | None:
        if snapshot is not registry.current():
            clock.now = 61
            registry.poll()
        return position(snapshot, name, version)

    monkeypatch.setattr(Snapshot, "position", meanwhile)
    location = registry.locate("intent", before.heads["intent"].version)
    assert location is not None
    assert location[0].head_set.heads["intent"].version == "1"
    assert registry.retired() == ()


def test_a_registry_that_was_held_up_looks_before_it_answers(tmp_path: Path) -> None:
    """Once followed, nothing older than two intervals is handed out; before, only `poll` looks."""
    clock = Clock()
    put_live(tmp_path, version="1")
    registry = Registry(tmp_path, poll_interval_s=3600, clock=clock)
    assert registry.known() is None
    registry.start()
    put_live(tmp_path, version="2")
    clock.now = registry.max_age_s
    assert registry.current().head_set.heads["intent"].version == "1"
    assert registry.known() is registry.current()
    clock.now += 1
    assert registry.known() is None  # and nothing was looked at
    assert registry.current().head_set.heads["intent"].version == "2"
    assert registry.known() is registry.current()
    registry.close()


class FarCatalog(FolderCatalog):
    """A folder that counts as far away; looks wait for `gate`, and raise `error`."""

    is_local = False

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.lookers: list[str] = []

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """See Files."""
        self.lookers.append(threading.current_thread().name)
        self.gate.wait()
        if self.error is not None:
            raise self.error
        return super().stamps(pattern)


class NearCatalog(FarCatalog):
    """One that is near after all."""

    is_local = True


class SlowCatalog(NearCatalog):
    """One whose every look takes two hours and more."""

    def __init__(self, root: Path, clock: Clock) -> None:
        super().__init__(root)
        self.clock = clock

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """See Files."""
        self.clock.now += 7201
        return super().stamps(pattern)


def test_no_request_waits_for_a_catalog_that_is_far_away(tmp_path: Path) -> None:
    """Where the thread that looks was held up, it is woken; requests have what is known."""
    clock = Clock()
    put_live(tmp_path, version="1")
    catalog = FarCatalog(tmp_path)
    registry = Registry(catalog, poll_interval_s=3600, clock=clock)
    registry.start()
    put_live(tmp_path, version="2")
    catalog.lookers.clear()
    catalog.gate.clear()
    clock.now = registry.max_age_s + 1
    for _ in range(3):
        assert registry.current().head_set.heads["intent"].version == "1"
    catalog.gate.set()
    until(lambda: registry.current().head_set.heads["intent"].version == "2", "nobody looked")
    assert set(catalog.lookers) == {"heads-registry"}
    registry.close()


@pytest.mark.parametrize("error", [ValueError("a bug"), CatalogError("away")])
def test_a_look_that_fails_costs_no_request_and_is_not_repeated_by_each(
    tmp_path: Path, error: Exception
) -> None:
    """A bug in looking ends no request, and for `max_age_s` none looks again."""
    clock = Clock()
    put_live(tmp_path, version="1")
    catalog = NearCatalog(tmp_path)
    registry = Registry(catalog, poll_interval_s=3600, clock=clock)
    registry.start()
    catalog.error = error
    clock.now = registry.max_age_s + 1
    assert registry.current().head_set.heads["intent"].version == "1"
    count = len(catalog.lookers)
    for _ in range(3):
        assert registry.current().head_set.heads["intent"].version == "1"
    assert len(catalog.lookers) == count
    registry.close()


def test_a_registry_whose_first_look_has_a_bug_starts_and_goes_on_looking(tmp_path: Path) -> None:
    """Requests find nothing until a look succeeds; they do not raise."""
    put_live(tmp_path, version="1")
    catalog = FarCatalog(tmp_path)
    catalog.error = ValueError("a bug")
    registry = Registry(catalog, poll_interval_s=0.01)
    registry.start()
    assert not registry.current().head_set.heads
    catalog.error = None
    until(lambda: registry.current().head_set.heads, "nobody looked")
    registry.close()


def test_a_slow_look_is_not_made_up_for_by_requests(tmp_path: Path) -> None:
    """A look that takes longer than `max_age_s` is as new as its end."""
    clock = Clock()
    put_live(tmp_path, version="1")
    catalog = SlowCatalog(tmp_path, clock)
    registry = Registry(catalog, poll_interval_s=3600, clock=clock)
    registry.start()
    count = len(catalog.lookers)
    registry.current()
    assert len(catalog.lookers) == count
    registry.close()


def test_the_newest_snapshot_is_looked_for(tmp_path: Path) -> None:
    """However short ago the last look was; in a pool in this process, too."""
    put_live(tmp_path, version="1")
    registry = Registry(tmp_path, poll_interval_s=3600)
    pool = LocalPool(registry)
    put_live(tmp_path, version="2")
    assert pool.head_set().heads["intent"].version == "1"
    assert pool.head_set(newest=True).heads["intent"].version == "2"
    assert pool.head_set().heads["intent"].version == "2"
    pool.close()
