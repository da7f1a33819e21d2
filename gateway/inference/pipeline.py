"""Classifies mails: clean; a rule decides, or encoders and heads do; one outcome per mail.

    mails ─▶ clean ─▶ a rule decides alone ─────────────────────────────▶ outcomes
                 └──▶ snapshot ─▶ scorer: cached answer ────────────────────▲
                                  └──▶ embedding ─▶ prediction ─▶ combine ──┘

A snapshot is the encoders, the head set and the plan that one request keeps to its end.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from embedder.client import Embedder
from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.errors import (
    CallerGoneError,
    EncoderChangedError,
    GatewayError,
    HeadsUnavailableError,
    internal,
)
from gateway.inference.answer import Answer, Outcome, pack, served_members
from gateway.inference.answer_cache import AnswerCache, answer_cache
from gateway.inference.by_language import Languages, LanguageStage
from gateway.inference.classification import rule_classification
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.cleaning_lane import estimated_cost
from gateway.inference.context import RequestContext, RequestMetadata
from gateway.inference.deadline import Deadline, within
from gateway.inference.embedding import EmbeddingStage
from gateway.inference.encoders import Encoders
from gateway.inference.failure import problem_of
from gateway.inference.item import Item, bucketing_name
from gateway.inference.observer import NoRollout, RolloutObserver
from gateway.inference.plan import DISABLED, HeadNames, Planner, refuse_unknown, unknown_heads
from gateway.inference.prediction import PredictionStage
from gateway.inference.ready import ReadyAnswers
from gateway.inference.scorer import Scorer
from gateway.inference.snapshot import Snapshot, snapshot_of
from gateway.mail import CleanedMail, MailInput, clean
from gateway.parallel import Parallel
from heads.prediction import HeadSet, Pool

_WARM_MAIL = MailInput(text="Thanks for reaching out. Could you send details next week?")
_WARM_TIMEOUT_S = 5.0
_RETRY_AFTER_S = 1.0
_CLEANING_SHARE = 0.75  # of a request's time; the rest is for the mails that were cleaned in it
Cleaner = Callable[[MailInput, Set[str], Deadline, Callable[[], None]], CleanedMail]
"""A mail, the rules that are off, when to give up, a check that the caller still waits -> what the
cleaner makes of the mail."""


@dataclass
class _Lane:
    """What scores mails by one head set, and what it remembers of that set."""

    scorer: Scorer
    planner: Planner
    last_checked_generation: int = 0


class Pipeline:
    """Classifies emails; thread-safe. `encoders` must be started once per process.

    Without an answer of all `required_heads` nothing is decided; `parallel` carries what a request
    asks of several encoders at once. With `languages` mails go to the encoder that reads them best;
    without them, and with a `cleaner` that keeps what it made, some answers are `ready` at once.
    """

    def __init__(
        self,
        embedders: Mapping[str, Embedder],
        pool: Pool,
        answers: AnswerCache,
        encoder_refresh_s: float,
        *,
        rollout: RolloutObserver | None = None,
        required_heads: Sequence[str] = (),
        heads_timeout_s: float = 2.0,
        parallel: Parallel | None = None,
        cleaner: Cleaner | None = None,
        keep_vectors: bool = False,
        languages: Languages | None = None,
    ) -> None:
        self._clean = cleaner or CachingCleaner(0)
        self._pool = pool
        self.required_heads = frozenset(required_heads)
        self._had_all_heads = False
        parallel = parallel or Parallel(1)
        embedding = EmbeddingStage(parallel)
        default, other = (PredictionStage(pool, parallel, heads_timeout_s) for _ in range(2))

        def lane(stage: PredictionStage, cache: AnswerCache, observer: RolloutObserver) -> _Lane:
            scorer = Scorer(embedding, stage, cache, observer, keep_vectors=keep_vectors)
            return _Lane(scorer, Planner(required_heads))

        self._lane = lane(default, answers, rollout or NoRollout())
        self._warming_lane = lane(default, answer_cache(0), NoRollout())
        self.encoders = Encoders(embedders, encoder_refresh_s, self._warm)
        self._scored = partial(self._scored_in, self._lane)
        self.ready: ReadyAnswers | None = None
        self.by_language: LanguageStage | None = None
        if languages is not None:
            # A lane of its own, stage and all: each keeps plans of one head set at a time.
            score_other = partial(self._scored_in, lane(other, answers, languages.rollout))
            self.by_language = LanguageStage(languages, self.encoders, self._scored, score_other)
        elif isinstance(self._clean, CachingCleaner) and self._clean.keeps:
            planner, choose = self._lane.planner, (rollout or NoRollout()).choose
            self.ready = ReadyAnswers(pool, self.encoders, self._clean, planner, choose, answers)

    def classify(
        self, mails: Mapping[str, MailInput], request: RequestMetadata
    ) -> dict[str, Outcome]:
        """Return one outcome per mail, by the id that its answer will have.

        All mails share one call an encoder and one call a pool of heads. A mail's outcome is its
        answer or its error; what fails all that need a head, as an embedder that is away, leaves
        those that a rule decided. Raises UnknownHeadError.
        """
        request.require_cleaning_caller()
        head_set = self._head_set_for(request.heads)
        items = self._clean_items(mails, request, frozenset(head_set.disabled_rules))
        request.timings.lap("clean")
        undecided = [
            item for item in items.values() if isinstance(item, Item) and item.mail.decision is None
        ]
        stage = self.by_language
        scored = (stage.score if stage else self._scored)(undecided, head_set, request)
        outcomes = {
            mail_id: scored[mail_id]
            if isinstance(item, Item) and item.mail.decision is None
            else outcome_without_heads(item, head_set)
            for mail_id, item in items.items()
        }
        _count_decisions(outcomes.values())
        return outcomes

    def head_set(self) -> HeadSet:
        """Return the heads that are served now."""
        return self._pool.head_set()

    def other_heads(self) -> HeadSet | None:
        """Return the heads of a second encoder, None where languages have none."""
        return self.by_language.other_heads() if self.by_language else None

    def never_loaded(self) -> tuple[str, ...]:
        """Return heads that production names, or that are required, and that never served here.

        Once all of them have, none: what fails to load later leaves what was there before.
        """
        if self._had_all_heads:
            return ()
        heads = self._pool.head_set().heads
        failed = {name for name, head in heads.items() if head.status == "failed"}
        missing = failed | self.required_heads - heads.keys()
        self._had_all_heads = bool(heads) and not missing
        return tuple(sorted(missing))

    def _head_set_for(self, asked: HeadNames) -> HeadSet:
        """Return the heads that are served; raise UnknownHeadError only after a look for new ones.

        A head is asked for right after it was promoted, and no caller is to wait a second for it.
        """
        head_set = self._pool.head_set()
        if unknown_heads(head_set, asked):
            head_set = self._pool.head_set(newest=True)
        refuse_unknown(head_set, asked)
        return head_set

    def clean(self, mail: MailInput, request: RequestMetadata) -> CleanedMail:
        """Return what the cleaner makes of one mail under the rules that are on now.

        Raises CallerGoneError, DeadlineExceededError and LargeBodiesBusyError.
        """
        request.require_cleaning_caller()
        disabled_rules = frozenset(self._pool.head_set().disabled_rules)
        return self._clean(mail, disabled_rules, request.deadline, request.require_cleaning_caller)

    def _clean_items(
        self, mails: Mapping[str, MailInput], request: RequestMetadata, disabled_rules: Set[str]
    ) -> dict[str, Item | GatewayError]:
        """Clean the mails, those that cost least first; what the time does not reach is an error.

        A mail that the cleaner fails on is an error alone.
        """
        try:
            deadline = request.deadline.part(_CLEANING_SHARE)
        except GatewayError as error:
            return dict.fromkeys(mails, error)
        costs = {mail_id: estimated_cost(mail) for mail_id, mail in mails.items()}
        items: dict[str, Item | GatewayError] = {}
        for mail_id, _ in sorted(costs.items(), key=itemgetter(1)):
            items[mail_id] = self._clean_item(
                mail_id, mails[mail_id], request, disabled_rules, deadline
            )
        return {mail_id: items[mail_id] for mail_id in mails}

    def _clean_item(
        self,
        mail_id: str,
        mail: MailInput,
        request: RequestMetadata,
        disabled_rules: Set[str],
        deadline: Deadline,
    ) -> Item | GatewayError:
        try:
            deadline.remaining()
            check = request.require_cleaning_caller
            cleaned = self._clean(mail, disabled_rules, deadline, check)
            return Item(cleaned, mail_id, bucketing_name(request.tenant, mail))
        except CallerGoneError:
            raise  # it ends the whole request
        except GatewayError as error:
            return error
        except Exception as error:
            return internal(error)

    def _scored_in(
        self, lane: _Lane, items: Sequence[Item], head_set: HeadSet, request: RequestMetadata
    ) -> dict[str, Outcome]:
        """Return the outcomes of mails that need heads; one failure may be that of all of them."""
        if not items:
            return {}
        try:
            return self._score(lane, items, head_set, request)
        except GatewayError as error:
            failure = error
        except EmbedderError as error:
            failure = problem_of(error)
        return dict.fromkeys((item.id for item in items), failure)

    def _score(
        self, lane: _Lane, items: Sequence[Item], head_set: HeadSet, request: RequestMetadata
    ) -> dict[str, Outcome]:
        """Score items under one snapshot; once more under a new one if an encoder was replaced."""
        if not head_set.heads:
            raise HeadsUnavailableError(retry_after_s=_RETRY_AFTER_S)
        encoders = self.encoders.known(request.deadline)
        snapshot = snapshot_of(lane.planner, head_set, request.heads, encoders)
        if _heads_may_be_newer(lane, snapshot):
            encoders = self.encoders.refresh(request.deadline.remaining())
        for _ in range(2):
            snapshot = snapshot_of(lane.planner, head_set, request.heads, encoders)
            context = RequestContext(snapshot, request)
            try:
                return lane.scorer.score(items, context)
            except FingerprintMismatch:
                encoders = self.encoders.refresh(request.deadline.remaining())
        raise EncoderChangedError(retry_after_s=_RETRY_AFTER_S)

    def _warm(self) -> bool:
        """Run one mail through embedders and heads, uncached; return whether it was answered."""
        item, request = Item(clean(_WARM_MAIL)), RequestMetadata(within(_WARM_TIMEOUT_S))
        try:
            outcomes = self._score(self._warming_lane, [item], self._pool.head_set(), request)
        except (GatewayError, EmbedderError):
            return False
        self.never_loaded()  # from here on it is known whether all were there
        return isinstance(outcomes[item.id], Answer)


def _heads_may_be_newer(lane: _Lane, snapshot: Snapshot) -> bool:
    """Whether the heads may be made for an encoder that this worker does not know yet.

    Always asks where no head can run, unless they are switched off: nothing is lost. Where some
    cannot, it asks once for each new head set.
    """
    plan, generation = snapshot.plan, snapshot.head_set.generation
    if not plan.called:
        statuses = {head.status for head in plan.skipped.values()}
        return statuses != {DISABLED}
    mismatch = any(head.status == "fingerprint_mismatch" for head in plan.skipped.values())
    if not mismatch or generation == lane.last_checked_generation:
        return False
    lane.last_checked_generation = generation
    return True


def outcome_without_heads(item: Item | GatewayError, head_set: HeadSet) -> Outcome:
    """Return the outcome of a mail that no head was asked about: a rule's, or its failure."""
    if isinstance(item, GatewayError):
        return item
    classification = rule_classification(item.mail.decision or "", item.mail.rule, item.opt_out)
    return Answer(pack(classification, (), served_members(head_set)), item.mail, None)


def _count_decisions(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Answer):
            decision = outcome.shared.decision
            metrics.record_decision(decision.intent, decision.decided_by)
