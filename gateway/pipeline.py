"""The product on one page: clean; a rule decides or the model does; one answer per mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from embedder.client import Embedder
from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.answer import Answer, Outcome, pack
from gateway.answers import AnswerCache
from gateway.combine import rule_verdict
from gateway.deadline import Deadline, within
from gateway.embedding import Embedding
from gateway.encoders import Encoder, Encoders
from gateway.errors import EncoderChangedError, GatewayError, HeadsUnavailableError, internal
from gateway.judge import Judge
from gateway.letter import Letter
from gateway.mail import CleanedMail, MailInput, clean
from gateway.observer import NoRollout, RolloutObserver
from gateway.parallel import Parallel
from gateway.plan import Asked, Plan, Planner, refuse_unknown
from gateway.scorer import Scorer
from gateway.snapshot import Snapshot, fingerprints
from gateway.timings import Timings
from heads.prediction import HeadSet, Pool

_WARM_MAIL = MailInput(text="Thanks for reaching out. Could you send details next week?")
_WARM_TIMEOUT_S = 5.0
_RETRY_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """Beside the mails: their answers' ids, in order, and the tenant, where there are any."""

    ids: Sequence[str] = ()
    tenant: str = ""


_NOTHING_ELSE = Sent()


class Pipeline:
    """Classifies emails; thread-safe. `encoders` must be started once per process.

    `closed` are the heads without whose answer nothing is decided; `parallel` carries what a
    request asks of several encoders at once.
    """

    def __init__(
        self,
        embedders: Mapping[str, Embedder],
        pool: Pool,
        answers: AnswerCache,
        encoder_refresh_s: float,
        *,
        rollout: RolloutObserver | None = None,
        closed: Sequence[str] = (),
        heads_timeout_s: float = 2.0,
        parallel: Parallel | None = None,
        cleaner: Callable[[MailInput], CleanedMail] = clean,
    ) -> None:
        self._clean = cleaner
        self._pool = pool
        self._planner = Planner(closed)
        parallel = parallel or Parallel(1)
        embedding, judge = Embedding(parallel), Judge(pool, parallel, heads_timeout_s)
        self._scorer = Scorer(embedding, judge, answers, rollout or NoRollout())
        self._cold = Scorer(embedding, judge, AnswerCache(0), NoRollout())
        self._looked_for = 0
        self.encoders = Encoders(embedders, encoder_refresh_s, self._warm)

    def classify(
        self,
        mails: Sequence[MailInput],
        asked: Asked,
        deadline: Deadline,
        timings: Timings,
        sent: Sent = _NOTHING_ELSE,
    ) -> list[Outcome]:
        """Return one outcome per mail, in order.

        All mails share one call an encoder and one call a pool of heads. A mail that fails alone
        has its error as outcome; what fails all of them is raised: GatewayError, EmbedderError.
        """
        head_set = self._pool.head_set()
        refuse_unknown(head_set, asked)
        letters = [self._letter(mail, place, sent) for place, mail in enumerate(mails)]
        timings.lap("clean")
        undecided = [
            letter
            for letter in letters
            if isinstance(letter, Letter) and letter.mail.decision is None
        ]
        scored = (
            iter(())
            if not undecided
            else iter(self._score(self._scorer, undecided, head_set, asked, deadline, timings))
        )
        outcomes = [
            letter if isinstance(letter, GatewayError) else _decided(letter) or next(scored)
            for letter in letters
        ]
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                decision = outcome.shared.decision
                metrics.record_decision(decision.intent, decision.decided_by)
        return outcomes

    def _letter(self, mail: MailInput, place: int, sent: Sent) -> Letter | GatewayError:
        """Clean a mail; one that the cleaner cannot take fails alone."""
        origin = sent.tenant or _message_id(mail.headers or {})
        try:
            return Letter(self._clean(mail), sent.ids[place] if sent.ids else "", origin)
        except Exception as error:
            return internal(error)

    def head_set(self) -> HeadSet:
        """Return what production serves now."""
        return self._pool.head_set()

    def _score(
        self,
        scorer: Scorer,
        letters: Sequence[Letter],
        head_set: HeadSet,
        asked: Asked,
        deadline: Deadline,
        timings: Timings,
    ) -> list[Outcome]:
        """Score under one snapshot; if an encoder was replaced meanwhile, once more."""
        if not head_set.heads:
            raise HeadsUnavailableError(retry_after_s=_RETRY_AFTER_S)
        encoders = self.encoders.known(deadline)
        if self._ahead(self._plan(head_set, asked, encoders), head_set):
            encoders = self.encoders.refresh(deadline.remaining())
        for _ in range(2):
            plan = self._plan(head_set, asked, encoders)
            try:
                snapshot = Snapshot(encoders, fingerprints(encoders), head_set, plan)
                return scorer.score(letters, snapshot, deadline, timings)
            except FingerprintMismatch:
                encoders = self.encoders.refresh(deadline.remaining())
        raise EncoderChangedError(retry_after_s=_RETRY_AFTER_S)

    def _plan(self, head_set: HeadSet, asked: Asked, encoders: tuple[Encoder, ...]) -> Plan:
        layers = {encoder.fingerprint: encoder.layers for encoder in encoders}
        return self._planner.plan(head_set, asked, fingerprints(encoders), layers)

    def _ahead(self, plan: Plan, head_set: HeadSet) -> bool:
        """Whether the heads may know a newer encoder than we do.

        Where no head can run there is nothing to lose by asking; where some cannot, the
        embedders are asked once for every new head set.
        """
        if not plan.called:
            return True
        strangers = any(r.status == "fingerprint_mismatch" for r in plan.refused.values())
        if not strangers or head_set.generation == self._looked_for:
            return False
        self._looked_for = head_set.generation
        return True

    def _warm(self) -> bool:
        """Run one mail through embedders and heads, uncached; say whether an answer came."""
        head_set, letter = self._pool.head_set(), Letter(clean(_WARM_MAIL))
        try:
            outcomes = self._score(
                self._cold, [letter], head_set, None, within(_WARM_TIMEOUT_S), Timings()
            )
        except (GatewayError, EmbedderError):
            return False
        return isinstance(outcomes[0], Answer)


def _message_id(headers: Mapping[str, str]) -> str:
    return next((text for name, text in headers.items() if name.lower() == "message-id"), "")


def _decided(letter: Letter) -> Answer | None:
    decision = letter.mail.decision
    if decision is None:
        return None
    return Answer(pack(rule_verdict(decision, letter.mail.rule), ()), letter.mail, None)
