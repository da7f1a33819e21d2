"""Says in words what keeps a body from being JSON, without a word of the body."""

import re

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_POSITION = re.compile(r"line \d+ column \d+")
# What pydantic's parser says, and what a caller can do about it; of its other words only the
# position is kept, since they might quote the body one day.
_FAULTS = (
    ("trailing comma", "there is a comma after the last element; JSON allows none"),
    ("key must be a string", "names stand in double quotes"),
    ("trailing characters", "the JSON ends there, and more follows"),
    ("EOF while parsing", "the body ends in the middle"),
    ("control character", "line breaks and other control characters in a text are escaped"),
    ("invalid escape", "there is no such escape in JSON"),
    ("unexpected end of hex escape", "half a character is escaped (a lone surrogate)"),
    ("lone leading surrogate", "half a character is escaped (a lone surrogate)"),
    ("expected `:`", "a colon is missing after a name"),
    ("expected `,`", "a comma is missing, or a bracket"),
    ("recursion limit", "the brackets are nested too deeply"),
)


def fault(body: bytes, message: str, example: str) -> str:
    """Return a sentence on what is wrong with `body`, which a parser refused with `message`.

    `example` is JSON that could stand there instead.
    """
    return _encoding_fault(body, example) or _syntax_fault(message)


def _encoding_fault(body: bytes, example: str) -> str:
    if not body.strip():
        return f"The body is empty; send a JSON object such as {example}."
    if body.startswith(_BYTE_ORDER_MARK):
        return "The body begins with a byte order mark; send UTF-8 without one."
    if body.startswith(_UTF_16_MARKS) or b"\0" in body[:2]:
        return "The body is UTF-16; send UTF-8."
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"The body is not UTF-8 (byte {error.start}), perhaps Latin-1; send UTF-8."
    return ""


def _syntax_fault(message: str) -> str:
    position = _POSITION.search(message)
    if position is None:
        return ""
    advice = next((advice for words, advice in _FAULTS if words in message), "")
    stopped = f"Parsing stopped at {position.group()}"
    return f"{stopped}: {advice}." if advice else f"{stopped}."
