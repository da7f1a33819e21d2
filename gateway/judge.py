"""Asks the heads about embedded mails, all encoders' at once, and combines what they say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.combine import Verdict, combine
from gateway.deadline import Deadline
from gateway.embedding import Embedded, Encoded
from gateway.letter import Letter
from gateway.parallel import Parallel
from gateway.plan import Group
from gateway.snapshot import Snapshot
from heads.prediction import (
    FeatureRow,
    HeadInfo,
    HeadScores,
    Pool,
    PredictRequest,
    unavailable_scores,
)

UNREADABLE_SHARE = 0.3
"""From this share of tokens without a word on, nothing that a head says may be acted on."""
_SHARE_OF_TIME = 0.9  # what heads may take of the time that is left: the answer takes some, too


@dataclass(frozen=True, slots=True)
class Trial:
    """What a head's candidate said; `rows` gives the row of its scores by the mail's place."""

    info: HeadInfo
    scores: HeadScores
    rows: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the heads said about a request's mails.

    `verdicts` are by the mail's place, without those whose text was refused; `rows` gives a
    place's row in the `scores` of production's heads; `trials` are by the head's name.
    """

    verdicts: Mapping[int, Verdict]
    rows: Mapping[int, int]
    scores: Mapping[str, HeadScores]
    trials: Mapping[str, Trial]

    def followed(self, tried: frozenset[str]) -> bool:
        """Whether the candidates of all these heads did answer."""
        trials = self.trials
        return all(name in trials and trials[name].scores.status == "ok" for name in tried)


class Judge:
    """Asks a pool; thread-safe. `timeout_s` bounds what the heads may take of any request."""

    def __init__(self, pool: Pool, parallel: Parallel, timeout_s: float) -> None:
        self._pool = pool
        self._parallel = parallel
        self._timeout_s = timeout_s

    def judge(
        self,
        letters: Sequence[Letter],
        tried: Sequence[frozenset[str]],
        embedded: Embedded,
        snapshot: Snapshot,
        deadline: Deadline,
    ) -> Judged:
        """Judge the mails whose text was not refused; `tried[i]`: heads whose candidate answers."""
        good = [place for place in range(len(letters)) if embedded.error(place) is None]
        scores, trials = self._ask(letters, tried, good, embedded, snapshot, deadline)
        for group in snapshot.plan.groups:
            why = embedded.away.get(group.fingerprint)
            if why is not None:
                scores |= {n: unavailable_scores(n, "", "unavailable", why) for n in group.heads}
        rows = {place: row for row, place in enumerate(good)}
        forced = [letters[place].forced or _unreadable(place, embedded) for place in good]
        verdicts = dict(zip(good, combine(snapshot.plan, scores, forced), strict=True))
        for names, places in _alike(good, tried, trials).items():
            own = {name: _take(one, [rows[p] for p in places]) for name, one in scores.items()}
            for name in names:
                trial = trials[name]
                own[name] = _take(trial.scores, [trial.rows[p] for p in places])
            theirs = [forced[rows[p]] for p in places]
            verdicts |= _trying(places, snapshot, own, names, theirs)
        return Judged(verdicts, rows, scores, trials)

    def _ask(
        self,
        letters: Sequence[Letter],
        tried: Sequence[frozenset[str]],
        good: Sequence[int],
        embedded: Embedded,
        snapshot: Snapshot,
        deadline: Deadline,
    ) -> tuple[dict[str, HeadScores], dict[str, Trial]]:
        """The scores of production's heads, a row each good mail, and what candidates said."""
        questions = []
        for encoded in embedded.encodings if good else ():
            places = [place for place in good if place in encoded.items]
            wanted = {name for place in places for name in tried[place]}
            trying = [info for info in encoded.group.candidates if info.name in wanted]
            if places and (encoded.group.heads or trying):
                questions.append((encoded, places, trying))
        left_s = deadline.remaining() * _SHARE_OF_TIME
        calls = [
            partial(
                self._pool.predict,
                PredictRequest(
                    snapshot.head_set,
                    (*encoded.group.heads, *(pinned(info) for info in trying)),
                    _rows(letters, places, encoded),
                    encoded.group.fingerprint,
                    min(self._timeout_s, left_s),
                ),
            )
            for encoded, places, trying in questions
        ]
        scores: dict[str, HeadScores] = {}
        trials: dict[str, Trial] = {}
        for (encoded, places, trying), said in zip(
            questions, self._parallel.run(calls), strict=True
        ):
            scores |= {name: said[name] for name in encoded.group.heads if name in said}
            where = {place: row for row, place in enumerate(places)}
            for info in trying:
                if pinned(info) in said:
                    trials[info.name] = Trial(info, said[pinned(info)], where)
        return scores, trials


def pinned(info: HeadInfo) -> str:
    """The name by which a pool is asked for just this version."""
    return f"{info.name}@{info.version}"


def feature_row(letter: Letter, encoded: Encoded, place: int, group: Group) -> FeatureRow:
    """What the heads of a group read of one mail."""
    text = letter.mail.model_text if group.lexical else ""
    return FeatureRow(encoded.items[place].vectors, text)


def _unreadable(place: int, embedded: Embedded) -> bool:
    """Whether an encoder saw mostly what it has no word for: its vectors then mean nothing."""
    items = (one.items.get(place) for one in embedded.encodings)
    return any(item and item.unknown > UNREADABLE_SHARE * item.tokens for item in items)


def _rows(letters: Sequence[Letter], places: Iterable[int], encoded: Encoded) -> list[FeatureRow]:
    return [feature_row(letters[place], encoded, place, encoded.group) for place in places]


def _alike(
    good: Sequence[int], tried: Sequence[frozenset[str]], trials: Mapping[str, Trial]
) -> Mapping[frozenset[str], list[int]]:
    """Places by the heads whose candidate answers them; one that failed answers nobody."""
    found: dict[frozenset[str], list[int]] = {}
    well = {name for name, trial in trials.items() if trial.scores.status == "ok"}
    for place in good if well else ():
        names = tried[place] & well
        if names:
            found.setdefault(names, []).append(place)
    return found


def _trying(
    places: Sequence[int],
    snapshot: Snapshot,
    scores: Mapping[str, HeadScores],
    names: frozenset[str],
    forced: Sequence[bool],
) -> dict[int, Verdict]:
    made = {}
    for place, verdict in zip(places, combine(snapshot.plan, scores, forced), strict=True):
        heads = {
            name: answer._replace(canary=True) if name in names else answer
            for name, answer in verdict.heads.items()
        }
        made[place] = Verdict(verdict.decision, heads)
    return made


def _take(scores: HeadScores, rows: Sequence[int]) -> HeadScores:
    """The same answer for some of its rows."""
    if scores.status != "ok":
        return scores
    return scores._replace(
        scores=scores.scores[list(rows)],
        best=tuple(scores.best[row] for row in rows),
        abstained=tuple(scores.abstained[row] for row in rows),
    )
