"""What a shard's answers were made by: never two of them in one shard."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from embedder.client import EncoderIdentity
from gateway.inference.plan import Plan
from gateway.mail.types import CLEANER_VERSION
from heads.registry.snapshot import Snapshot


@dataclass(frozen=True)
class Versions:
    """The encoder, the heads and the rules of a job.

    `heads` are "version digest" by name, `skipped` why others of the asked ones give no scores.
    """

    model_id: str
    fingerprint: str
    runtime: str
    precision: str
    heads: dict[str, str]
    skipped: dict[str, str]
    cleaner: str
    disabled_rules: tuple[str, ...]
    asked: tuple[str, ...]
    required_heads: tuple[str, ...]

    @property
    def scorer(self) -> str:
        """Name all that a distinct text's scores depend on."""
        names = (self.fingerprint, self.runtime, self.precision)
        return json.dumps([*names, sorted(self.heads.items())])

    def as_json(self) -> dict[str, Any]:
        """Return the versions as a shard's metadata has them."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


def versions_of(identity: EncoderIdentity, snapshot: Snapshot, plan: Plan) -> Versions:
    """Return the versions under which a plan is carried out."""
    production = snapshot.production
    heads = {
        name: f"{head.version} {head.digest}"
        for name in sorted(plan.called)
        if (head := production[name].head) is not None
    }
    return Versions(
        model_id=identity.model_id,
        fingerprint=identity.fingerprint,
        runtime=identity.runtime,
        precision=identity.precision,
        heads=heads,
        skipped={name: skipped.status for name, skipped in sorted(plan.skipped.items())},
        cleaner=CLEANER_VERSION,
        disabled_rules=tuple(snapshot.head_set.disabled_rules),
        asked=plan.asked,
        required_heads=tuple(sorted(plan.required_heads)),
    )
