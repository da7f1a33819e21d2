"""Erasing a subject: every row of the manifest, what still waits, and an audit that verifies."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, func, select, update

from gateway.api import log_models
from gateway.prediction_log import manifest
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.erasure_watch import ErasureWatch
from gateway.prediction_log.forget_watch import ForgetWatch
from gateway.prediction_log.life_models import AuditEntry, Erasure, TenantKey
from gateway.prediction_log.models import Base
from gateway.prediction_log.queries import audit
from gateway.prediction_log.rejected import RejectedRecords
from gateway.prediction_log.segments import read_segment
from tests.support.stored_gateway import StoredGateway

pytestmark = pytest.mark.service

REF = "crm/7f3a"
TEXT = "What would 20 seats cost?"


def counts(engine: Engine) -> dict[str, int]:
    """Return how many rows each table of the manifest has that an erasure reaches."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(Base.metadata.tables[table.name])
            ).scalar_one()
            for table in manifest.TABLES
            if table.match != "none"
        }


@dataclass
class NotedCaches:
    """Caches that note what they are to forget; embedders that never answer where `away`."""

    away: bool = False
    here: list[object] = field(default_factory=list)
    there: list[object] = field(default_factory=list)

    def forget(self, digests: Collection[bytes] | None) -> None:
        """Note it."""
        self.here.append(digests)

    def forget_in_embedders(self, digests: Collection[bytes] | None) -> None:
        """Note it, and fail where they are away."""
        self.there.append(digests)
        if self.away:
            raise OSError

    def expire(self) -> None:
        """Do nothing."""


def erase(stored: StoredGateway, key: str = "eraser", ref: str = REF) -> dict[str, int]:
    """Erase a subject; return the rows that went."""
    status, answer = stored.call(key, "DELETE", f"/v1/subjects/{ref}")
    assert status == 200, answer
    return dict(log_models.ErasureShape.model_validate(answer).rows)


def test_every_row_of_a_subject_goes_and_no_other(stored: StoredGateway) -> None:
    """Predictions, heads, words, corrections, comments, kept answers; another subject's stay."""
    kept = stored.stored(TEXT, subject_ref="crm/8")
    stored.feedback(kept, comment="mine", headers={"Idempotency-Key": "1"})
    before = counts(stored.engine)
    for _ in range(2):
        gone = stored.stored(TEXT, subject_ref=REF)
        stored.feedback(gone, comment="theirs", headers={"Idempotency-Key": gone})

    rows = erase(stored)

    assert counts(stored.engine) == before
    assert rows["prediction"] == rows["feedback"] == rows["feedback_text"] == 2
    assert rows["head_answer"] == 4
    assert stored.call("reader", "GET", f"/v1/predictions/{gone}")[0] == 404
    assert stored.call("reader", "GET", f"/v1/predictions/{kept}")[0] == 200
    assert erase(stored)["prediction"] == 0


def test_a_subject_is_one_of_its_tenant(stored: StoredGateway) -> None:
    """The same reference of another tenant is another person."""
    of_acme = stored.stored(TEXT, "acme", subject_ref=REF)
    of_beta = stored.stored(TEXT, "beta", subject_ref=REF)

    erase(stored, "beta")

    assert stored.call("beta", "GET", f"/v1/predictions/{of_beta}")[0] == 404
    assert stored.call("acme", "GET", f"/v1/predictions/{of_acme}")[0] == 200


def test_what_still_waits_is_not_taken_in(stored: StoredGateway) -> None:
    """A record in the spool is left out; one that is made after the erasure is stored."""
    waiting = stored.classify(TEXT, subject_ref=REF)
    erase(stored)
    later = stored.classify("And later?", subject_ref=REF)
    stored.store()

    assert stored.call("reader", "GET", f"/v1/predictions/{waiting}")[0] == 404
    assert stored.call("reader", "GET", f"/v1/predictions/{later}")[0] == 200


def test_records_that_were_rejected_are_written_anew(stored: StoredGateway) -> None:
    """Also one whose time cannot be read; those of others stay for a person to look at."""
    folder = stored.settings.log_dir
    assert folder is not None
    rejected = RejectedRecords(folder)
    for subject in (f'"{REF}"', '"crm/8"', "null"):
        rejected.add(b'{"tenant":"","subject_ref":%b}' % subject.encode())
    erase(stored)

    ErasureWatch(folder, stored.engine, rejected).look()

    left = read_segment(folder / "rejected" / "records").payloads
    assert [REF.encode() in payload for payload in left] == [False, False]


def test_workers_learn_what_their_caches_must_forget(stored: StoredGateway) -> None:
    """The next answer to the erased words is a miss, and one to other words is not."""
    folder = stored.settings.log_dir
    assert folder is not None
    stored.stored(TEXT, subject_ref=REF)
    stored.stored("Call me.", subject_ref="crm/8")
    caches = NotedCaches()
    keys = keys_of(stored.settings.log_text_keys, "LOG_TEXT_KEYS")
    watch = ForgetWatch(folder, keys, caches)
    watch.look(0.0)
    assert caches.here == []
    erase(stored)
    ErasureWatch(folder, stored.engine, RejectedRecords(folder)).look()

    watch.look(1.0)
    watch.look(2.0)

    (digests,) = caches.here
    assert caches.there == caches.here
    assert isinstance(digests, frozenset)
    assert len(digests) == 2  # of the words, and the embedder's key


def test_without_keys_caches_forget_everything(stored: StoredGateway) -> None:
    """Where the rows' cache keys cannot be read, as when the tenant's key was dropped."""
    folder = stored.settings.log_dir
    assert folder is not None
    stored.stored(TEXT, subject_ref=REF)
    with stored.engine.begin() as connection:
        connection.execute(update(TenantKey).values(wrapped=None))
    erase(stored)
    ErasureWatch(folder, stored.engine, RejectedRecords(folder)).look()
    caches = NotedCaches()
    keys = keys_of(stored.settings.log_text_keys, "LOG_TEXT_KEYS")
    ForgetWatch(folder, keys, caches).look(0.0)
    assert caches.here == caches.there == [None]


def test_an_embedder_that_does_not_answer_is_asked_again(stored: StoredGateway) -> None:
    """Less and less, for some minutes; the worker's own caches are emptied once."""
    folder = stored.settings.log_dir
    assert folder is not None
    stored.stored(TEXT, subject_ref=REF)
    erase(stored)
    ErasureWatch(folder, stored.engine, RejectedRecords(folder)).look()
    caches = NotedCaches(away=True)

    watch = ForgetWatch(folder, None, caches)
    for half_seconds in range(2 * 600):
        watch.look(half_seconds / 2)

    assert caches.here == [None]
    assert len(caches.there) == 10  # at 0, 1, 3, 7, ... 255, and 511 s, which is the last


def test_all_that_is_held_of_a_subject_is_shown(stored: StoredGateway) -> None:
    """Words and comments included, to a key that may read words, and it is recorded."""
    prediction_id = stored.stored(TEXT, "acme", subject_ref=REF)
    stored.feedback(prediction_id, key="acme", comment="a price")

    status, shown = stored.call("acme", "GET", f"/v1/subjects/{REF}")

    assert status == 200, shown
    (prediction,) = log_models.SubjectShape.model_validate(shown).predictions
    assert (prediction.id, prediction.words) == (prediction_id, TEXT)
    assert prediction.feedback[0].comment == "a price"
    assert stored.call("reader", "GET", f"/v1/subjects/{REF}")[0] == 403
    status, problem = stored.call("acme", "GET", "/v1/subjects/ann@example.com")
    assert (status, problem["code"]) == (422, "validation_failed")


def test_the_audit_verifies_and_shows_what_was_changed(stored: StoredGateway) -> None:
    """After erasures the chain holds; an entry that is changed or taken out breaks it there."""
    for number in range(3):
        stored.stored(TEXT, subject_ref=f"crm/{number}")
        erase(stored, ref=f"crm/{number}")
    with stored.engine.connect() as connection:
        chain = audit.verify(connection)
        entries = connection.execute(select(AuditEntry.__table__)).all()
        (erasure, *_) = connection.execute(select(Erasure.__table__)).all()
    assert chain.entries == 3
    assert chain.last_hash == bytes(entries[-1].hash)
    assert entries[0].actor == "key:eraser"
    assert "crm" not in f"{entries} {erasure}"

    with stored.engine.begin() as connection:
        connection.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(actor="nobody"))
    with stored.engine.connect() as connection, pytest.raises(audit.ChainBrokenError) as broken:
        audit.verify(connection)
    assert broken.value.seq == 2


@pytest.mark.parametrize("ref", ["a//b", "/a", "a/", "a%2Fb", "a;b", "~.?#"])
def test_a_subject_is_named_as_it_was_sent(stored: StoredGateway, ref: str) -> None:
    """No character that a reference may hold makes it another's, in an address either."""
    for each in ("a/b", "a", "b", ref):
        stored.stored("What would 20 seats cost?", key="acme", subject_ref=each)
    path = f"/v1/subjects/{quote(ref, safe='/')}"
    assert stored.call("acme", "GET", path)[1]["subject_ref"] == ref
    assert stored.call("acme", "DELETE", path)[1]["rows"]["prediction"] == 1
