"""Two forms of the same words: readable text for people and rules, folded text for the model."""

from __future__ import annotations

import re
import unicodedata

from gateway.mail.message.marks import bound_marks

# Format characters (zero width, bidi, soft hyphen, BOM, tags), lone surrogates, other controls.
_NEVER = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Scripts that are spelled with joiners (Arabic to Khmer), and the pictures that joiners compose.
_JOINED = (
    "\u0620-\u06dc\u06de-\u06ff\u0750-\u077f\u08a0-\u08e1\u08e3-\u0dff\u1000-\u109f\u1780-\u17b3"
    "\u17b6-\u17ff\ufb50-\ufdff\ufe70-\ufefc"
)
_PICTURES = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# A single set stands first, so that only these characters are looked at closely.
_INVISIBLE = re.compile(
    f"[{_NEVER}\u200c\u200d\ufe0f]"
    f"(?:(?<=[{_NEVER}])"
    f"|(?<=[\u200c\u200d])(?<![{_JOINED}{_PICTURES}].)(?<![{_PICTURES}]\ufe0f.)"
    f"|(?<=\ufe0f)(?<![{_PICTURES}].))"
)
_UNSEEN = re.compile(f"[{_NEVER}\u200c\u200d\ufe0f]")
_BROKEN = re.compile("[\x00\ud800-\udfff]")
# One letter that compatibility forms spell with eighteen.
_LIGATURE = "\ufdfa"
_MAX_LIGATURES = 100
# Compatibility forms lengthen a text, some letters eightfold; no encoder reads as much as this.
_MAX_MODEL_CHARS = 200_000
_SPACES = "\t\x0b\x0c\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SPACE = re.compile(f"[{_SPACES}]")
_BREAK = re.compile("[\x85\u2028\u2029]")
# No text that is to be changed lacks all of these.
_ODD = re.compile(f"[{_SPACES}\x85\u2028\u2029{_NEVER}\u200c\u200d\ufe0f]")
_SINGLES = re.compile(r"(?<!\S)\w(?: \w){3,}(?!\S)")
_WORD = re.compile(r"[^\W\d_]+")

# Cyrillic and Greek letters that are drawn like Latin ones.
_LOOK_ALIKE = dict(
    zip(
        "аеорсухіјѕԁһвкмнтгАВЕКМНОРСТУХІЈЅԌѴԝԛαοερτυνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxijsdhвkmhtrABEKMHOPCTYXIJSGVwqaoeptuvikABEZHIKMNOPTYX",
        strict=True,
    )
)
_LOOK_ALIKE["в"] = "b"
_FOLD = str.maketrans(_LOOK_ALIKE)


def normalise(text: str) -> str:
    """Make line ends LF, spaces plain, letters composed (NFC); leave nothing invisible.

    Joiners stay where words are spelled with them, and inside pictures. Of more than 30 combining
    marks in a row the rest goes.
    """
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _ODD.search(text) is not None:
        text = _BREAK.sub("\n", text)
        text = _SPACE.sub(" ", text)
        text = _INVISIBLE.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", bound_marks(text))


def for_model(text: str) -> tuple[str, bool]:
    """Return the text for the encoder, and whether its words were hidden from machines.

    At most 200,000 characters come out, however many one letter of `text` (normalised) spells.
    """
    if text.isascii():
        folded, hidden = text, False
    else:
        text = bound_marks(_UNSEEN.sub("", text))  # rows may have met where joiners went
        if text.count(_LIGATURE) > _MAX_LIGATURES:
            text = text.replace(_LIGATURE, " ")
        spelled = unicodedata.normalize("NFKC", text)
        folded, hidden = _fold_letters(spelled[:_MAX_MODEL_CHARS])
    folded, spaced = _join_singles(folded)
    return " ".join(folded.split()), hidden or spaced


def has_overrides(raw: str) -> bool:
    """Find bidirectional overrides, which turn words round; honest mail has none."""
    return not raw.isascii() and ("\u202e" in raw or "\u202d" in raw)


def has_broken(raw: str) -> bool:
    """Whether `raw` holds what is no character of any text: NUL, half a surrogate pair."""
    return (not raw.isascii() or "\x00" in raw) and _BROKEN.search(raw) is not None


def _fold_letters(text: str) -> tuple[str, bool]:
    """Map look-alikes to Latin in words which mix scripts; words of one script stay."""
    hits = 0

    def fold(match: re.Match[str]) -> str:
        nonlocal hits
        word = match.group()
        if word.isascii() or not any("A" <= c <= "z" for c in word):
            return word
        folded = word.translate(_FOLD)
        hits += folded != word
        return folded

    text = _WORD.sub(fold, text)
    return text, hits > 0


def _join_singles(text: str) -> tuple[str, bool]:
    """Join runs of four or more single letters ("s t o p"), which nobody types by accident."""
    hits = 0

    def join(match: re.Match[str]) -> str:
        nonlocal hits
        run = match.group()
        if any(c.isdigit() for c in run) or not run[0].isalpha() or ord(run[0]) > 0x2000:
            return run
        hits += 1
        return run.replace(" ", "")

    return _SINGLES.sub(join, text), hits > 0
