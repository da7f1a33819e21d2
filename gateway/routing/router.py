"""Chooses the encoder that reads a text: the one whose mistakes in its language cost least."""

from dataclasses import dataclass

from gateway.routing.languages import LanguageModel, likeliest
from gateway.routing.risks import RiskTable


@dataclass(frozen=True, slots=True)
class Choice:
    """The likeliest language of a text (None: too short to tell), and the encoder to read it."""

    language: str | None
    fingerprint: str


class LanguageRouter:
    """Chooses by a text alone; thread-safe."""

    def __init__(self, model: LanguageModel, risks: RiskTable) -> None:
        self._model = model
        self._risks = risks
        self.languages = model.languages

    def choose(self, text: str, default: str) -> Choice:
        """Return the choice for a text; `default` is the fingerprint of the usual encoder."""
        probabilities = self._model.probabilities(text)
        return Choice(likeliest(probabilities), self._risks.best(probabilities, default))
