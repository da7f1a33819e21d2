"""Does the author end all mail from us? Sentences that say so, explicitly or likely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gateway.mail.languages.opt_out import BANS, ENGLISH, WAYS
from gateway.mail.languages.opt_out_tables import OPT_OUTS
from gateway.mail.languages.opt_out_whole import POLITE, WHOLE, WHOLE_LIKELY
from gateway.mail.opt_out.reading import Language, Reading
from gateway.mail.patterns.small_text import READ_CHARS, SmallText, small_text, words_of
from gateway.mail.types import OptOutEvidence, Strength

_WHOLE_CHARS = 80
_FEW_WORDS = 10  # fewer tell the language less surely
_SHORT_CHARS = 200  # of a mail in which a sentence "Stop." counts
_SENTENCE = re.compile(r"[.!?;]+(?=\s|$)|[。！？]+|\n\s*\n|\n(?=[-*•A-Z])")
_TAIL_CHARS = 1_000  # of a text longer than a page
_OVERLAP_CHARS = 200  # of the page, whose last sentence is cut
_EDGES = " \t\n.,;:!?()*_\"'-–—…。！？、～~>"
_SCRIPTS = tuple(
    (re.compile(letters), Language(OPT_OUTS[code]))
    for code, letters in (
        ("ja", "[\u3041-\u30ff]"),
        ("ko", "[\uac00-\ud7a3]"),
        ("zh", "[\u4e00-\u9fff]"),
        ("ru", "[а-я]"),
    )
)
_ENGLISH = Language(OPT_OUTS["en"], is_english=True)
# Languages of one group share so many words that all of them are read where one may be spoken.
_GROUPS = tuple(
    tuple(OPT_OUTS[code] for code in codes.split(" "))
    for codes in ("de", "fr", "es", "it", "nl", "pt", "sv da no", "fi", "pl", "cs", "tr")
)
_LATIN_STEMS = frozenset().union(*(words.stems for group in _GROUPS for words in group))
_LATIN = [
    (frozenset().union(*(words.common for words in group)), [Language(words) for words in group])
    for group in _GROUPS
]


def opt_out_evidence(page: SmallText) -> tuple[OptOutEvidence, ...]:
    """Return the words by which the author of `page` ends all mail, in order.

    "explicit": an instruction about his own address, data or mail to him; "likely": less than
    that (a spam complaint, "no need to follow up", a condition). Instructions about others,
    questions about the product, bans for a time or a channel are none. Of a text longer than a
    page the end is read too: there people say that they want no more.
    """
    found = _on_page(page)
    if len(page.source) <= len(page.small):
        return found
    start = _tail_start(page.source)
    tail = (
        replace(evidence, start=start + evidence.start, end=start + evidence.end)
        for evidence in _on_page(small_text(page.source[start:]))
    )
    ends = {evidence.end for evidence in found}
    return (*found, *(evidence for evidence in tail if evidence.end not in ends))


def _tail_start(source: str) -> int:
    """Return where the last sentences begin that no page holds as a whole."""
    start = max(READ_CHARS - _OVERLAP_CHARS, len(source) - _TAIL_CHARS)
    boundary = _SENTENCE.search(source, start)
    return boundary.end() if boundary else start


def _on_page(page: SmallText) -> tuple[OptOutEvidence, ...]:
    small = page.small
    whole = _whole(small)
    if whole is not None:
        start, end = _trimmed(small, 0, len(small))
        return (OptOutEvidence(whole, page.source[start:end], start, end),)
    stems = {word[:4] for word in page.words}
    may_be_latin = not _LATIN_STEMS.isdisjoint(stems)
    if small.isascii() and not may_be_latin and not _may_end(stems, _ENGLISH):
        return ()
    spoken = _spoken(small, page.words, may_be_latin)
    languages = [language for language in spoken if _may_end(stems, language)]
    if not languages:
        return ()
    return tuple(
        OptOutEvidence(strength, page.source[start:end], start, end)
        for strength, start, end in _evidence(small, stems, languages)
    )


def strongest(evidence: tuple[OptOutEvidence, ...]) -> OptOutEvidence | None:
    """Return the first explicit evidence, else the first; None for none."""
    explicit = (one for one in evidence if one.strength == "explicit")
    return next(explicit, evidence[0] if evidence else None)


def _whole(small: str) -> Strength | None:
    """Return how sure a mail is that says one word, and perhaps please and thanks."""
    if len(small) > _WHOLE_CHARS:
        return None
    text = " ".join(small.strip(_EDGES).split())
    if text in WHOLE:
        return "explicit"
    words = [word.strip(_EDGES) for word in text.split(" ")]
    rest = " ".join(word for word in words if word and word not in POLITE)
    if rest in WHOLE:
        return "explicit"
    return "likely" if rest in WHOLE_LIKELY and len(words) <= 4 else None


def _spoken(small: str, words: frozenset[str], may_be_latin: bool) -> list[Language]:
    """Return the languages that the mail may be in, English always.

    The other Latin ones are compared only if they may be wanted.
    """
    found: list[Language] = []
    if not small.isascii():
        found = [language for script, language in _SCRIPTS if script.search(small)][:1]
    if not may_be_latin:
        return [*found, _ENGLISH]
    score = len(words & ENGLISH.common)
    short = len(words) < _FEW_WORDS
    if score * (2 if short else 3) <= len(words):
        scores = [len(words & common) for common, _ in _LATIN]
        best = max(scores)
        if best >= score and (best or len(small) <= _WHOLE_CHARS):
            for (_, languages), own in zip(_LATIN, scores, strict=True):
                # A word or two in common tell languages of a line no better than none.
                found += languages if own == best or len(small) <= _WHOLE_CHARS else []
    return [*found, _ENGLISH]


def _may_end(stems: set[str], language: Language) -> bool:
    """Whether the beginnings of words are those of words that end mail."""
    banned = language is _ENGLISH and not (stems.isdisjoint(BANS) or stems.isdisjoint(WAYS))
    return banned or language.may_end(stems)


def _evidence(small: str, stems: set[str], languages: list[Language]) -> Iterator[Reading]:
    # Most sentences hold none of the stems that the mail holds: seen before they are split.
    wanted = [_signs(stems, language) for language in languages]
    is_short = len(small) <= _SHORT_CHARS
    ends = [match.span() for match in _SENTENCE.finditer(small)]
    start = 0
    for end, after in [*ends, (len(small), len(small))]:
        sentence = small[start:end].replace("\n", " ")
        if is_short and _is_word(sentence):
            yield "likely", *_trimmed(small, start, end)
        for language, signs in zip(languages, wanted, strict=True):
            if not any(sign in sentence for sign in signs):
                continue
            if not _may_end({word[:4] for word in words_of(sentence)}, language):
                continue
            found = language.read(sentence, small, start)
            if found is not None:
                yield found[0], start + found[1], start + found[2]
                break
        start = after


def _signs(stems: set[str], language: Language) -> tuple[str, ...]:
    """Return letters of which a sentence needs one for the language's words to end mail in it."""
    signs = language.stems & stems
    if language is _ENGLISH and not stems.isdisjoint(BANS):
        signs |= WAYS & stems
    return tuple(signs) if language.stems else ("",)


def _is_word(sentence: str) -> bool:
    """Whether the sentence says nothing but one word that ends mail."""
    return len(sentence) <= _WHOLE_CHARS and _whole(sentence) is not None


def _trimmed(small: str, start: int, end: int) -> tuple[int, int]:
    part = small[start:end]
    return start + len(part) - len(part.lstrip(_EDGES)), start + len(part.rstrip(_EDGES))
