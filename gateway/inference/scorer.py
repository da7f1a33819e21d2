"""Scores cleaned mails: from the answer cache, or by encoders and heads; counts and caches."""

from collections.abc import Mapping, Sequence

from embedder.errors import EmbedderError, FingerprintMismatch
from gateway import metrics
from gateway.errors import GatewayError, ItemRefusedError
from gateway.inference.answer import Answer, Outcome, pack, served_members
from gateway.inference.answer_cache import AnswerCache
from gateway.inference.context import RequestContext
from gateway.inference.embedding import Embeddings, EmbeddingStage
from gateway.inference.failure import problem_of
from gateway.inference.head_counts import count_heads
from gateway.inference.item import Item
from gateway.inference.observer import RolloutObserver, ScoredItems
from gateway.inference.prediction import Predictions, PredictionStage


class Scorer:
    """Scores cleaned mails under a request's snapshot; thread-safe."""

    def __init__(
        self,
        embedding: EmbeddingStage,
        prediction: PredictionStage,
        answers: AnswerCache,
        rollout: RolloutObserver,
        *,
        keep_vectors: bool = False,
    ) -> None:
        self._embedding = embedding
        self._prediction = prediction
        self._answers = answers
        self._rollout = rollout
        self._keep_vectors = keep_vectors

    def score(self, items: Sequence[Item], context: RequestContext) -> dict[str, Outcome]:
        """Return one outcome per item, by its id: an answer, or the error that it failed with.

        What fails every text that had to be scored leaves the cached answers. Raises
        FingerprintMismatch when an encoder of the snapshot is gone.
        """
        choose = self._rollout.choose
        items = [item.with_candidates(choose(item, context.snapshot)) for item in items]
        outcomes = self._cached_outcomes(items, context)
        missed = [item for item in items if item not in outcomes]
        metrics.record_lookups(len(outcomes), len(missed))
        if missed:
            try:
                outcomes |= self._fresh_outcomes(missed, context)
            except FingerprintMismatch:
                raise
            except EmbedderError as error:
                outcomes |= dict.fromkeys(missed, problem_of(error))
            except GatewayError as error:
                outcomes |= dict.fromkeys(missed, error)
        return {item.id: outcomes[item] for item in items}

    def _cached_outcomes(
        self, items: Sequence[Item], context: RequestContext
    ) -> dict[Item, Outcome]:
        """Return the outcomes of items that were answered before, each under the same snapshot."""
        outcomes: dict[Item, Outcome] = {}
        for item in items:
            answer = self._answers.get(item.cache_key(context))
            if answer is not None:
                outcomes[item] = Answer(answer, item.mail, "answer")
        return outcomes

    def _fresh_outcomes(
        self, items: Sequence[Item], context: RequestContext
    ) -> dict[Item, Outcome]:
        """Embed, predict and cache the items that no cached answer fits; return their outcomes."""
        context.request.require_caller("embed")
        embeddings = self._embedding.embed(items, context)
        context.timings.lap("embed")
        context.request.require_caller("heads")
        predictions = self._prediction.predict(items, embeddings, context)
        served = served_members(context.snapshot.head_set)
        outcomes = {item: self._outcome(item, embeddings, predictions, served) for item in items}
        self._cache_answers(outcomes, predictions, context)
        if predictions.counts is not None:
            predictions.counts.record()
        else:
            for classification in predictions.classifications.values():
                count_heads(classification)
        self._rollout.observe(ScoredItems(context.snapshot, embeddings, predictions))
        context.timings.lap("heads")
        return outcomes

    def _cache_answers(
        self, outcomes: Mapping[Item, Outcome], predictions: Predictions, context: RequestContext
    ) -> None:
        """Cache the answers to which every head contributed."""
        evicted = 0
        for item, outcome in outcomes.items():
            if isinstance(outcome, Answer) and predictions.complete(item):
                evicted += self._answers.put(item.cache_key(context), outcome.shared)
        metrics.record_answer_cache(self._answers.currsize, len(self._answers), evicted)

    def _outcome(
        self, item: Item, embeddings: Embeddings, predictions: Predictions, served: bytes
    ) -> Outcome:
        refused = embeddings.refused(item)
        if refused is not None and refused.error is not None:
            return ItemRefusedError(refused.error.code, refused.error.message)
        encodings = [
            (result.encoder.identity, result.embedded[item])
            for result in embeddings.results
            if item in result.embedded
        ]
        caches = tuple(embedded.cache for _, embedded in encodings)
        classification = predictions.classifications[item]
        return Answer(
            pack(classification, encodings, served, keep_vectors=self._keep_vectors),
            item.mail,
            caches[0] if caches else None,
            caches,
            unanswered=classification.unanswered,
        )
