"""From clean words to verdicts: answer cache, a call an encoder, a call a pool, combine."""

from collections.abc import Sequence

from gateway import metrics
from gateway.answer import Answer, Outcome, pack
from gateway.answers import AnswerCache, Key, answer_key
from gateway.combine import Verdict
from gateway.deadline import Deadline
from gateway.embedding import Embedded, Embedding
from gateway.errors import ItemRefusedError
from gateway.judge import Judge, Judged
from gateway.letter import Letter
from gateway.observer import RolloutObserver, Scored
from gateway.snapshot import Snapshot
from gateway.timings import Timings


class Scorer:
    """Scores cleaned mails under a snapshot; thread-safe."""

    def __init__(
        self, embedding: Embedding, judge: Judge, answers: AnswerCache, rollout: RolloutObserver
    ) -> None:
        self._embedding = embedding
        self._judge = judge
        self._answers = answers
        self._rollout = rollout

    def score(
        self, letters: Sequence[Letter], snapshot: Snapshot, deadline: Deadline, timings: Timings
    ) -> list[Outcome]:
        """Return one outcome per mail, in order; a text that fails alone has an error there.

        Raises EmbedderError (FingerprintMismatch when an encoder of the snapshot is gone) and
        DeadlineExceededError for all of them together.
        """
        tried = [self._rollout.choose(letter, snapshot) for letter in letters]
        keys = [_key(letter, snapshot, t) for letter, t in zip(letters, tried, strict=True)]
        outcomes: list[Outcome | None] = []
        for letter, key in zip(letters, keys, strict=True):
            found = self._answers.get(key)
            outcomes.append(None if found is None else Answer(found, letter.mail, "answer"))
        missed = [place for place, outcome in enumerate(outcomes) if outcome is None]
        metrics.record_lookups(len(letters) - len(missed), len(missed))
        if missed:
            fresh = self._fresh(
                [letters[p] for p in missed],
                [tried[p] for p in missed],
                [keys[p] for p in missed],
                (snapshot, deadline, timings),
            )
            for place, outcome in zip(missed, fresh, strict=True):
                outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _fresh(
        self,
        letters: Sequence[Letter],
        tried: Sequence[frozenset[str]],
        keys: Sequence[Key],
        running: tuple[Snapshot, Deadline, Timings],
    ) -> list[Outcome]:
        """Return the outcomes of mails that nobody asked about before."""
        snapshot, deadline, timings = running
        mails = [letter.mail for letter in letters]
        embedded = self._embedding.embed(mails, tried, snapshot, deadline)
        timings.lap("embed")
        judged = self._judge.judge(letters, tried, embedded, snapshot, deadline)
        outcomes = [
            _outcome(place, letter, embedded, judged) for place, letter in enumerate(letters)
        ]
        evicted = 0
        for place, verdict in judged.verdicts.items():
            _count(verdict)
            outcome = outcomes[place]
            whole = verdict.complete and judged.followed(tried[place])
            if whole and isinstance(outcome, Answer):
                evicted += self._answers.put(keys[place], outcome.shared)
        metrics.record_answer_cache(self._answers.currsize, len(self._answers), evicted)
        self._rollout.observe(Scored(letters, tried, snapshot, embedded, judged))
        timings.lap("heads")
        return outcomes


def _count(verdict: Verdict) -> None:
    """Count one email's heads and its coverage."""
    for name, head in verdict.heads.items():
        metrics.record_head(name, head.version, head.status, abstained=head.abstained)
    answered = sum(head.answered for head in verdict.heads.values())
    metrics.record_coverage(answered, len(verdict.heads))


def _key(letter: Letter, snapshot: Snapshot, tried: frozenset[str]) -> Key:
    return answer_key(
        letter.words,
        generation=snapshot.head_set.generation,
        fingerprints=snapshot.fingerprints,
        asked=snapshot.plan.asked,  # each once, however often a caller named it
        tried=tried,
        forced=letter.forced,
    )


def _outcome(place: int, letter: Letter, embedded: Embedded, judged: Judged) -> Outcome:
    refused = embedded.error(place)
    if refused is not None and refused.error is not None:
        return ItemRefusedError(refused.error.code, refused.error.message)
    encodings = [
        (one.encoder.identity, one.items[place]) for one in embedded.encodings if place in one.items
    ]
    caches = tuple(item.cache for _, item in encodings)
    shared = pack(judged.verdicts[place], encodings)
    return Answer(shared, letter.mail, caches[0] if caches else None, caches)
