"""Finds answers that are whole already, without waiting for anything."""

from collections.abc import Callable

from gateway import metrics
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import AnswerCache
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.context import RequestContext, RequestMetadata
from gateway.inference.encoders import Encoders
from gateway.inference.item import Item, bucketing_name
from gateway.inference.plan import Planner, unknown_heads
from gateway.inference.snapshot import Snapshot, snapshot_of
from gateway.mail import MailInput
from heads.prediction import Pool


class ReadyAnswers:
    """Answers mails that were cleaned and answered before, as the pipeline would; thread-safe.

    `choose` names the heads whose candidate answers an item.
    """

    def __init__(
        self,
        pool: Pool,
        encoders: Encoders,
        cleaner: CachingCleaner,
        planner: Planner,
        choose: Callable[[Item, Snapshot], frozenset[str]],
        answers: AnswerCache,
    ) -> None:
        self._pool = pool
        self._encoders = encoders
        self._cleaner = cleaner
        self._planner = planner
        self._choose = choose
        self._answers = answers

    def find(self, mail_id: str, mail: MailInput, request: RequestMetadata) -> Answer | None:
        """Return the answer, counted; None, and nothing counted, where there is more to be done.

        That may be a failure of the request's own, as an unknown head or a time that is over.
        """
        head_set = self._pool.known_head_set()
        if head_set is None or request.deadline.is_over or unknown_heads(head_set, request.heads):
            return None
        cleaned = self._cleaner.cached(mail, frozenset(head_set.disabled_rules))
        if cleaned is None or cleaned.decision is not None:
            return None
        snapshot = snapshot_of(self._planner, head_set, request.heads, self._encoders.known_now())
        if not _is_settled(snapshot):
            return None
        item = Item(cleaned, mail_id, bucketing_name(request.tenant, mail))
        item = item.with_candidates(self._choose(item, snapshot))
        shared = self._answers.get(item.cache_key(RequestContext(snapshot, request)))
        if shared is None:
            return None
        metrics.record_clean_lookup(hit=True)
        request.timings.lap("clean")
        metrics.record_lookups(1, 0)
        request.timings.count("trunkline.answer_cache.hits", 1)
        metrics.record_decision(shared.decision.intent, shared.decision.decided_by)
        return Answer(shared, cleaned, "answer")


def _is_settled(snapshot: Snapshot) -> bool:
    """Whether encoders and heads fit together, so that nobody has to be asked for newer ones."""
    statuses = {head.status for head in snapshot.plan.skipped.values()}
    return bool(snapshot.plan.called) and "fingerprint_mismatch" not in statuses
