"""One mail on its way to the heads: its cleaned text, and the versions that answer it."""

from dataclasses import dataclass, replace
from functools import cached_property

from gateway.inference.answer_cache import Key, words_digest
from gateway.inference.combine import FORCED_ABSTENTION, MachineSign, machine_sign
from gateway.inference.context import RequestContext
from gateway.inference.opt_out import OptOutEvidence
from gateway.mail import CleanedMail, MailInput


@dataclass(frozen=True, eq=False)
class Item:
    """A cleaned mail; two items are never equal, so that results can be kept by item.

    `id` is that of its answer, "" where no caller sees one. `tenant_or_message_id` ("" for neither)
    decides which mails meet a head's candidate: equal ones meet the same version. The candidates
    of `candidate_heads` answer it in production's place.
    """

    mail: CleanedMail
    id: str = ""
    tenant_or_message_id: str = ""
    candidate_heads: frozenset[str] = frozenset()

    def with_candidates(self, heads: frozenset[str]) -> "Item":
        """Return the item that the candidates of these heads answer; itself for none."""
        return replace(self, candidate_heads=heads) if heads else self

    @cached_property
    def words(self) -> bytes:
        """The digest of what an encoder would read."""
        return words_digest(self.mail.model_text, self.mail.context)

    @property
    def bucketing_key(self) -> bytes:
        """The key that puts mails into shares: whose mail it is, or its words if unknown."""
        key = self.tenant_or_message_id
        return key.encode("utf-8", "surrogatepass") if key else self.words

    @property
    def must_abstain(self) -> bool:
        """Whether text hides from the model or the mail may be ours: nothing may be acted on."""
        return not FORCED_ABSTENTION.isdisjoint(self.mail.flags)

    @property
    def opt_out(self) -> OptOutEvidence:
        """What the cleaner found that speaks for or against an opt-out."""
        mail = self.mail
        return OptOutEvidence(mail.opt_out, mail.opt_out_evidence, mail.thread_chars > 0)

    @property
    def machine_sign(self) -> MachineSign | None:
        """What the cleaner found in headers, subject and words that machines write."""
        return machine_sign(self.mail.evidence)

    def cache_key(self, context: RequestContext) -> Key:
        """Return the identity of this item's answer: its words and all that scores them.

        The head set's generation names the versions in production and beside it; together with
        `candidate_heads` that is every version that has a part in the answer. The owner keeps a
        bound tenant from learning, by time or `encoder.cache`, what another's callers sent.
        """
        snapshot = context.snapshot
        return (
            context.request.cache_owner,
            self.words,
            snapshot.head_set.generation,
            snapshot.fingerprints,
            snapshot.plan.asked,  # each once, however often a caller named it
            self.candidate_heads,
            self.must_abstain,
            self.opt_out,
            self.machine_sign,
        )


def bucketing_name(tenant: str, mail: MailInput) -> str:
    """Return by what mails meet the same version: the tenant, or else the Message-ID; or ""."""
    headers = mail.headers or {}
    return tenant or next((t for name, t in headers.items() if name.lower() == "message-id"), "")
