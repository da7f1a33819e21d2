"""One mail on its way to the heads: what the cleaner left of it, and who it is."""

from dataclasses import dataclass
from functools import cached_property

from gateway.answers import words_digest
from gateway.combine import FORCED_ABSTENTION
from gateway.mail import CleanedMail


@dataclass(frozen=True)
class Letter:
    """A cleaned mail; `id` is its answer's, "" where nobody will see one.

    `origin` (a tenant's or message's id, "" for none) decides which mails meet a head's
    candidate: equal ones meet the same version.
    """

    mail: CleanedMail
    id: str = ""
    origin: str = ""

    @cached_property
    def words(self) -> bytes:
        """The digest of what an encoder would read."""
        return words_digest(self.mail.model_text, self.mail.context)

    @cached_property
    def identity(self) -> bytes:
        """What shares of mails are cut by: the origin, or the words where none is known."""
        return self.origin.encode("utf-8", "surrogatepass") if self.origin else self.words

    @property
    def forced(self) -> bool:
        """Whether the text hides from the model, so that nothing may be acted on."""
        return not FORCED_ABSTENTION.isdisjoint(self.mail.flags)
