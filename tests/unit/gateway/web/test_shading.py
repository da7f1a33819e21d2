"""What a page shades of a cleaned email."""

from gateway.explain.values import Explanation, HeadDecision, Reason, RuleReason, Sentence
from gateway.mail import CleanedMail
from gateway.web.shading import Piece, shaded

TEXT = "Hi. No budget. Bye."
DECISION = HeadDecision("objection", 0.9, 0.5, abstained=False)


def reason(*shares: float) -> Reason:
    """Return an explanation with a share for each of the three sentences."""
    spans = ((0, 3), (4, 14), (15, 19))
    sentences = tuple(
        Sentence(span, share, 0.5, 0.5) for span, share in zip(spans, shares, strict=True)
    )
    why = Explanation("1", "f", "objection", DECISION, 0.0, 1.0, 7, sentences)
    return Reason(CleanedMail(TEXT, TEXT), TEXT, why)


def test_the_sentence_that_decided_stands_out() -> None:
    """The strongest most, others that come near it somewhat, the whole text as it was."""
    pieces = shaded(TEXT, reason(0.1, 2.0, 1.0))
    assert pieces == [
        Piece("Hi. ", ""), Piece("No budget.", "most"), Piece(" ", ""), Piece("Bye.", "some"),
    ]  # fmt: skip
    assert "".join(piece.text for piece in pieces) == TEXT


def test_where_nothing_spoke_for_the_label_nothing_is_shaded() -> None:
    """Sentences against it decided nothing."""
    assert shaded(TEXT, reason(-1.0, 0.0, -2.0)) == [Piece(TEXT, "")]
    assert shaded(TEXT, None) == [Piece(TEXT, "")]
    assert shaded("", None) == []


def test_a_rules_own_words_are_shaded() -> None:
    """Where it read words at all."""
    mail = CleanedMail(TEXT, TEXT)
    why = RuleReason("rule", "meaning", "objection", (4, 14))
    assert shaded(TEXT, Reason(mail, TEXT, why))[1] == Piece("No budget.", "most")
    headers = RuleReason("rule", "meaning", "objection", None)
    assert shaded(TEXT, Reason(mail, TEXT, headers)) == [Piece(TEXT, "")]
