"""The product on one page: clean; a rule decides or the model does; one answer per mail."""

from collections.abc import Sequence

from embedder.client import Embedder
from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.answers import AnswerCache
from gateway.combine import rule_verdict
from gateway.deadline import Deadline, within
from gateway.errors import EncoderChangedError, GatewayError, HeadsUnavailableError
from gateway.mail import CleanedMail, MailInput, clean
from gateway.plan import Asked, Planner, refuse_unknown
from gateway.render import Answer, Outcome, pack
from gateway.scorer import Scorer
from gateway.snapshot import EncoderWatch, Snapshot
from gateway.timings import Timings
from heads.prediction import HeadSet, Pool

_WARM_MAIL = MailInput(text="Thanks for reaching out. Could you send details next week?")
_WARM_TIMEOUT_S = 5.0
_RETRY_AFTER_S = 1.0


class Pipeline:
    """Classifies emails; thread-safe. `encoder` must be started once per process."""

    def __init__(
        self, embedder: Embedder, pool: Pool, answers: AnswerCache, encoder_refresh_s: float
    ) -> None:
        self._pool = pool
        self._planner = Planner()
        self._scorer = Scorer(embedder, pool, answers)
        self._cold = Scorer(embedder, pool, AnswerCache(0))
        self.encoder = EncoderWatch(embedder, encoder_refresh_s, self._warm)

    def classify(
        self, mails: Sequence[MailInput], asked: Asked, deadline: Deadline, timings: Timings
    ) -> list[Outcome]:
        """Return one outcome per mail, in order.

        All mails share one embedder call and one call to the heads. A mail that fails alone has
        its error as outcome; what fails all of them is raised: GatewayError or EmbedderError.
        """
        head_set = self._pool.head_set()
        refuse_unknown(head_set, asked)
        cleaned = [clean(mail) for mail in mails]
        timings.lap("clean")
        undecided = [mail for mail in cleaned if mail.decision is None]
        scored = (
            iter(())
            if not undecided
            else iter(self._score(self._scorer, undecided, head_set, asked, deadline, timings))
        )
        outcomes = [
            next(scored) if mail.decision is None else _decided(mail, mail.decision)
            for mail in cleaned
        ]
        metrics.record_decisions(o.shared.decision for o in outcomes if isinstance(o, Answer))
        return outcomes

    def head_set(self) -> HeadSet:
        """Return what production serves now."""
        return self._pool.head_set()

    def _score(
        self,
        scorer: Scorer,
        mails: Sequence[CleanedMail],
        head_set: HeadSet,
        asked: Asked,
        deadline: Deadline,
        timings: Timings,
    ) -> list[Outcome]:
        """Score under one snapshot; if the encoder was replaced meanwhile, once more."""
        if not head_set.heads:
            raise HeadsUnavailableError(retry_after_s=_RETRY_AFTER_S)
        encoder = self.encoder.identity(deadline)
        if not self._planner.plan(head_set, asked, encoder.fingerprint).called:
            # Nothing to lose by asking: the heads may be ahead of what is known of the encoder.
            encoder = self.encoder.refresh(deadline.remaining())
        for _ in range(2):
            plan = self._planner.plan(head_set, asked, encoder.fingerprint)
            try:
                return scorer.score(
                    mails, Snapshot(encoder, head_set, asked, plan), deadline, timings
                )
            except FingerprintMismatch:
                encoder = self.encoder.refresh(deadline.remaining())
        raise EncoderChangedError(retry_after_s=_RETRY_AFTER_S)

    def _warm(self) -> bool:
        """Run one mail through embedder and heads, uncached; say whether an answer came."""
        head_set = self._pool.head_set()
        try:
            outcomes = self._score(
                self._cold, [clean(_WARM_MAIL)], head_set, None, within(_WARM_TIMEOUT_S), Timings()
            )
        except (GatewayError, EmbedderError):
            return False
        return isinstance(outcomes[0], Answer)


def _decided(mail: CleanedMail, decision: str) -> Answer:
    return Answer(pack(rule_verdict(decision, mail.rule), None, None), mail, None)
