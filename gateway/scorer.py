"""From clean words to verdicts: answer cache, one embedder call, one call to the heads, combine."""

from collections.abc import Mapping, Sequence

from embedder.client import EmbeddedItem, Embedder
from gateway import metrics
from gateway.answers import AnswerCache, answer_key
from gateway.combine import FORCED_ABSTENTION, Verdict, combine
from gateway.deadline import Deadline
from gateway.errors import ItemRefusedError
from gateway.mail import CleanedMail
from gateway.render import Answer, Outcome, pack
from gateway.snapshot import Snapshot
from gateway.timings import Timings
from heads.prediction import FeatureRow, HeadScores, Pool


class Scorer:
    """Scores cleaned mails under a snapshot; thread-safe."""

    def __init__(self, embedder: Embedder, pool: Pool, answers: AnswerCache) -> None:
        self._embedder = embedder
        self._pool = pool
        self._answers = answers

    def score(
        self, mails: Sequence[CleanedMail], snapshot: Snapshot, deadline: Deadline, timings: Timings
    ) -> list[Outcome]:
        """Return one outcome per mail, in order; a text that fails alone has an error there.

        Raises EmbedderError (FingerprintMismatch when the snapshot's encoder is gone) and
        DeadlineExceededError for all of them together.
        """
        keys = [_key(mail, snapshot) for mail in mails]
        found = [self._answers.get(key) for key in keys]
        missed = [i for i, answer in enumerate(found) if answer is None]
        metrics.record_lookups(len(mails) - len(missed), len(missed))
        outcomes: list[Outcome] = [
            Answer(answer, mail, "answer")
            for mail, answer in zip(mails, found, strict=True)
            if answer is not None
        ]
        if not missed:
            return outcomes
        words = [mails[i] for i in missed]
        items = self._embed(words, snapshot, deadline)
        timings.lap("embed")
        evicted = 0
        for place, mail, item, verdict in zip(
            missed, words, items, self._judge(words, items, snapshot, deadline), strict=True
        ):
            outcome = _outcome(mail, item, verdict, snapshot)
            if isinstance(outcome, Answer) and verdict is not None and verdict.complete:
                evicted += self._answers.put(keys[place], outcome.shared)
            outcomes.insert(place, outcome)
        metrics.record_answer_cache(self._answers.currsize, len(self._answers), evicted)
        timings.lap("heads")
        return outcomes

    def _embed(
        self, mails: Sequence[CleanedMail], snapshot: Snapshot, deadline: Deadline
    ) -> Sequence[EmbeddedItem | None]:
        """Return each mail's embedding; None for all where no head can read one."""
        if not snapshot.plan.called:
            return [None] * len(mails)
        contexts = [mail.context or "" for mail in mails]
        embedded = self._embedder.embed(
            [mail.model_text for mail in mails],
            snapshot.plan.views,
            contexts=contexts if any(contexts) else None,
            timeout_s=deadline.remaining(),
            expected_fingerprint=snapshot.encoder.fingerprint,
        )
        metrics.record_embeddings(embedded.items)
        return embedded.items

    def _judge(
        self,
        mails: Sequence[CleanedMail],
        items: Sequence[EmbeddedItem | None],
        snapshot: Snapshot,
        deadline: Deadline,
    ) -> list[Verdict | None]:
        """Return each mail's verdict; None where its embedding failed."""
        good = [i for i, item in enumerate(items) if item is None or item.error is None]
        rows = [_row(mails[i], items[i], snapshot) for i in good]
        scores: Mapping[str, HeadScores] = {}
        if rows and snapshot.plan.called:
            scores = self._pool.predict(
                snapshot.head_set,
                snapshot.plan.called,
                rows,
                fingerprint=snapshot.encoder.fingerprint,
                timeout_s=deadline.remaining(),
            )
        forced = [_forced(mails[i]) for i in good]
        verdicts: list[Verdict | None] = [None] * len(items)
        for i, verdict in zip(good, combine(snapshot.plan, scores, forced), strict=True):
            metrics.record_heads(verdict.heads)
            verdicts[i] = verdict
        return verdicts


def _forced(mail: CleanedMail) -> bool:
    return not FORCED_ABSTENTION.isdisjoint(mail.flags)


def _key(mail: CleanedMail, snapshot: Snapshot) -> tuple[object, ...]:
    return answer_key(
        mail.model_text,
        mail.context,
        generation=snapshot.head_set.generation,
        fingerprint=snapshot.encoder.fingerprint,
        asked=snapshot.asked,
        forced=_forced(mail),
    )


def _row(mail: CleanedMail, item: EmbeddedItem | None, snapshot: Snapshot) -> FeatureRow:
    vectors = {} if item is None else item.vectors
    return FeatureRow(vectors, mail.model_text if snapshot.plan.lexical else "")


def _outcome(
    mail: CleanedMail, item: EmbeddedItem | None, verdict: Verdict | None, snapshot: Snapshot
) -> Outcome:
    if item is not None and item.error is not None:
        return ItemRefusedError(item.error.code, item.error.message)
    assert verdict is not None  # noqa: S101 - _judge leaves out failed items only
    cache = None if item is None else item.cache
    return Answer(pack(verdict, item, snapshot.encoder), mail, cache)
