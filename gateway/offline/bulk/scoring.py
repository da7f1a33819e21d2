"""The scorer of bulk jobs: cleaner, encoder and heads of one moment, on one machine or in Ray."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embedder.api import ItemError
from embedder.checkpoint.folder import ModelError
from embedder.client import EmbeddedItem
from embedder.encoder import EncoderConfig, LoadedEncoder, load_encoder
from embedder.runtime import Precision
from embedder.views import POOLINGS
from gateway.config import Settings
from gateway.errors import GatewayError, UnknownHeadError, internal
from gateway.inference.answer import Outcome
from gateway.inference.answer_cache import answer_cache
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.context import RequestContext, RequestMetadata
from gateway.inference.deadline import NEVER
from gateway.inference.embedding import EmbeddingStage
from gateway.inference.encoders import Encoder
from gateway.inference.item import Item
from gateway.inference.observer import NoRollout
from gateway.inference.pipeline import outcome_without_heads
from gateway.inference.plan import EncoderViews, HeadNames, Plan, make_plan, refuse_unknown
from gateway.inference.prediction import PredictionStage
from gateway.inference.scorer import Scorer
from gateway.inference.snapshot import Snapshot
from gateway.offline.bulk.encoding import Scored, TextScorer
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.rows import InputRow
from gateway.offline.bulk.scores import KeptScores, KeptScoresPool, Pair, TextScores
from gateway.offline.bulk.versions import Versions, versions_of
from gateway.parallel import Parallel
from heads.errors import CatalogError
from heads.prediction import FeatureRow, HeadSet, TableColumns
from heads.registry.registry import Registry
from heads.registry.snapshot import Snapshot as HeadSnapshot

Cleaned = Item | GatewayError


@dataclass(frozen=True)
class ScorerOptions:
    """What a scorer is made of: heads' catalog, the heads asked (None: the default ones), encoder.

    `model` is a folder, None for the default encoder; `streams` forwards run at once, 0 for as
    many as there are cores.
    """

    catalog: str
    heads: HeadNames = None
    model: Path | None = None
    precision: Precision = "auto"
    streams: int = 0
    required_heads: tuple[str, ...] = ()
    clean_cache_bytes: int = 0
    max_raw_bytes: int = Settings.model_fields["max_raw_bytes"].default


class BulkScorer:
    """Cleans rows, scores distinct texts and answers, as a gateway of this moment would.

    The heads are those in production now; candidates and shadows have no part. Close it.
    """

    def __init__(self, options: ScorerOptions, loaded: LoadedEncoder | None = None) -> None:
        """Load encoder (unless it is `loaded`) and heads. Raises BulkError."""
        heads = current_heads(options.catalog)
        self.loaded = loaded or _load_encoder(options)
        identity, layers = self.loaded.encoder.identity, self.loaded.encoder.layers
        self.head_set = replace(heads.head_set, candidates={}, shadows={})
        views = {identity.fingerprint: EncoderViews(layers, POOLINGS)}
        self.plan = _plan(self.head_set, options, identity.fingerprint, views)
        self.versions: Versions = versions_of(identity, heads, self.plan)
        self._disabled_rules = frozenset(self.head_set.disabled_rules)
        self._clean = CachingCleaner(options.clean_cache_bytes, options.max_raw_bytes)
        self._identity = identity
        self._views = views[identity.fingerprint]
        self.texts, self.columns = _text_scorer(self.loaded, heads, self.plan)
        parallel = Parallel(1)
        pool = KeptScoresPool(self.head_set, self.columns)
        stages = EmbeddingStage(parallel), PredictionStage(pool, parallel, NEVER.at)
        self._scorer = Scorer(*stages, answer_cache(0), NoRollout())

    def close(self) -> None:
        """Give back threads."""
        self.texts.close()

    def clean(self, rows: Sequence[InputRow]) -> list[Cleaned]:
        """Clean each row's mail; a row that is no mail keeps its error."""
        return [self._clean_row(row) for row in rows]

    def answer(
        self, cleaned: Sequence[Cleaned], scores: Mapping[Pair, EmbeddedItem]
    ) -> list[Outcome]:
        """Return each mail's answer from the scores of its text, in order."""
        undecided = [item for item in cleaned if needs_heads(item)]
        by_item = self._answered([item for item in undecided if isinstance(item, Item)], scores)
        return [
            by_item[item.id] if isinstance(item, Item) and needs_heads(item) else
            outcome_without_heads(item, self.head_set)
            for item in cleaned
        ]  # fmt: skip

    def answer_directly(self, cleaned: Sequence[Cleaned]) -> list[Outcome]:
        """Score the distinct texts of these mails and answer all; nothing is kept."""
        scored: dict[Pair, EmbeddedItem] = {}
        for _, block in self.texts.score(self.texts.blocks(distinct_texts(cleaned))):
            scored |= embedded(block)
        return self.answer(cleaned, scored)

    def unpack(self, kept: Mapping[Pair, bytes]) -> dict[Pair, EmbeddedItem]:
        """Return kept scores in the form that `answer` takes."""
        labels, heads = self.columns.edges[-1], len(self.columns.names)
        return {
            pair: TextScores.unpack(content, labels, heads).item() for pair, content in kept.items()
        }

    def _clean_row(self, row: InputRow) -> Cleaned:
        if isinstance(row.mail, GatewayError):
            return row.mail
        try:
            return Item(self._clean(row.mail, self._disabled_rules), str(row.number))
        except GatewayError as error:
            return error
        except Exception as error:
            return internal(error)

    def _answered(
        self, items: Sequence[Item], scores: Mapping[Pair, EmbeddedItem]
    ) -> Mapping[str, Outcome]:
        if not items:
            return {}
        encoder = Encoder(self._identity, KeptScores(self._identity, scores), self._views)
        fingerprints = (self._identity.fingerprint,)
        snapshot = Snapshot((encoder,), fingerprints, self.head_set, self.plan)
        return self._scorer.score(items, RequestContext(snapshot, RequestMetadata(NEVER)))


def needs_heads(item: Cleaned) -> bool:
    """Whether a mail is one, and no rule decided it alone."""
    return isinstance(item, Item) and item.mail.decision is None


def text_of(item: Item) -> Pair:
    """Return what an encoder reads of a mail."""
    return item.mail.model_text, item.mail.context or ""


def distinct_texts(cleaned: Iterable[Cleaned]) -> set[Pair]:
    """Return the texts that heads are needed for, each once."""
    return {text_of(i) for i in cleaned if isinstance(i, Item) and needs_heads(i)}


def embedded(scored: Scored) -> dict[Pair, EmbeddedItem]:
    """Return a block's scores and errors in the form that `BulkScorer.answer` takes."""
    return {
        pair: EmbeddedItem({}, 0, 0, False, "miss", scores)
        if isinstance(scores, ItemError)
        else scores.item()
        for pair, scores in scored.items()
    }


def current_heads(catalog: str) -> HeadSnapshot:
    """Return the heads of a catalog at this moment. Raises BulkError where none is served."""
    try:
        registry = Registry(catalog)
        registry.poll()
    except CatalogError as error:
        raise BulkError(str(error)) from None
    heads = registry.current()
    if not heads.head_set.heads:
        raise BulkError(f"{catalog}: no head is in production")
    return heads


def _load_encoder(options: ScorerOptions) -> LoadedEncoder:
    try:
        return load_encoder(
            EncoderConfig(options.model, precision=options.precision, streams=options.streams)
        )
    except ModelError as error:
        raise BulkError(str(error)) from None


def _plan(
    head_set: HeadSet, options: ScorerOptions, fingerprint: str, views: Mapping[str, EncoderViews]
) -> Plan:
    required = frozenset(options.required_heads)
    try:
        refuse_unknown(head_set, options.heads)
    except UnknownHeadError as error:
        raise BulkError(error.detail) from None
    plan = make_plan(head_set, options.heads, (fingerprint,), required, views)
    if not plan.groups:
        reasons = "; ".join(f"{name}: {head.message}" for name, head in plan.skipped.items())
        raise BulkError(f"no head can run: {reasons}")
    return plan


def _text_scorer(
    loaded: LoadedEncoder, heads: HeadSnapshot, plan: Plan
) -> tuple[TextScorer, TableColumns]:
    """Return what scores texts by the plan's heads, and the columns of its scores."""
    group = plan.groups[0]
    refs = tuple((name, "") for name in group.heads)
    positions = heads.positions(refs, group.fingerprint)
    if positions is None:
        raise BulkError("the catalog changed while its heads were loaded: try again")
    nothing = np.zeros(loaded.encoder.dim, np.float32)
    blank = FeatureRow(dict.fromkeys(group.views, nothing))
    table = heads.stack.table(positions, [blank])
    if table is None:
        raise BulkError("a head gives no scores of this encoder's vectors")
    scorer = TextScorer(loaded, heads, positions, group.views, lexical=group.lexical)
    return scorer, table.columns
