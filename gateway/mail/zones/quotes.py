"""Cut what others wrote: marked lines one by one, unmarked mails from their header to the end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.patterns.attribution import (
    MAX_LINES,
    attribution_start,
    glued_start,
    is_closing,
)
from gateway.mail.zones.header_block import (
    RULE,
    glued_block,
    glued_divider,
    introduced_at,
    is_divider,
    is_header_block,
    is_plain_divider,
    label_of,
    reply_above,
)

_MARK = re.compile(r"\s{0,8}\.{0,3} ?(?:>|&gt;|＞)|[A-Z]{1,3}> ")
_COMPARISON = re.compile(r">=? ?[\d$€£]|>From ")
_MAX_BLANKS = 3


class _Cutter:
    """One walk over the lines of one mail; what is cut keeps its order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._bare = [line.strip()[:400] for line in lines]
        self._marked = [_MARK.match(line[:20]) is not None for line in lines]
        if sum(self._marked) == 1:
            spot = self._marked.index(True)
            lonely = _COMPARISON.match(self._bare[spot]) or self._bare[spot].endswith("<<<")
            self._marked[spot] = not lonely
        self._unmark_closings()
        self._next = self._next_filled()
        self.kept: list[tuple[int, str]] = []
        self.quoted: list[str] = []
        self.words: list[str] = []  # what is quoted, without a level of marks and introductions

    def run(self) -> None:
        index = 0
        while index < len(self._lines):
            if self._marked[index]:
                self.quoted.append(self._lines[index])
                self.words.append(_unmarked(self._lines[index]))
            elif not self._bare[index]:
                self.kept.append((index, ""))
            elif self._opens_quote(index):
                self._cut_from(index)
                return
            elif self._ends_attribution(index):
                return
            index += 1

    def _unmark_closings(self) -> None:
        """Pass over a ">" that closes the bracket around an address above it: no quote mark."""
        if True not in self._marked:
            return
        for index, bare in enumerate(self._bare):
            if self._marked[index] and bare[0] == ">" and is_closing(bare):
                above = "".join(self._bare[max(index - 5, 0) : index])
                self._marked[index] = "@" not in above or above.count("<") <= above.count(">")

    def _opens_quote(self, index: int) -> bool:
        """Whether an unmarked mail of somebody else starts at this line and runs to the end."""
        line = self._bare[index]
        if reply_above(line):
            if any(text.strip() for _, text in self.kept):
                return True
            # Nobody wrote above it: this is the ticket system's own mail, told below.
            self.quoted.append(self._lines[index])
            self._bare[index] = ""
            return False
        if is_divider(line):
            return not self._drop_if_marked(index)
        follower = self._next[index]
        if is_plain_divider(line) and follower is not None:
            if self._marked[follower]:
                return not self._drop_if_marked(index)
            return label_of(self._bare[follower]) is not None
        if RULE.match(line) and follower is not None:
            return self._is_block(follower)
        return self._is_block(index) or self._cut_glued(index)

    def _is_block(self, index: int) -> bool:
        return (":" in self._bare[index][:40] or "：" in self._bare[index][:40]) and (
            is_header_block(self._bare, index, self._under_divider(index))
        )

    def _under_divider(self, index: int) -> bool:
        above = self._bare[index - 1] if index else ""
        return bool(above) and (RULE.match(above) is not None and "_" in above)

    def _drop_if_marked(self, index: int) -> bool:
        """Drop a divider above marked lines: they go one by one, and what follows stays."""
        follower = self._next[index]
        if follower is None or not self._marked[follower]:
            return False
        self.quoted.append(self._lines[index])
        self._bare[index] = ""
        return True

    def _cut_glued(self, index: int) -> bool:
        """Keep the author's half where the line break before the quote is lost.

        True means that all below is quoted, too.
        """
        line = self._lines[index]
        follower = self._next[index]
        marked = follower is not None and self._marked[follower]
        if len(line) < 40 and not marked:
            return False
        spots = [glued_divider(line), glued_start(line[:2000]), glued_block(line)]
        starts = [spot for spot in spots if spot]
        if not starts:
            return False
        self.kept.append((index, line[: min(starts)].rstrip()))
        self.quoted.append(line[min(starts) :])
        self._bare[index] = ""
        return not marked  # marked lines go one by one, and what follows them stays

    def _ends_attribution(self, index: int) -> bool:
        """Handle an ordinary line or the end of an attribution; true means cut to the end."""
        if not self._bare[index]:
            return False
        follower = self._next[index]
        marked = follower is not None and self._marked[follower]
        start = attribution_start(self._bare, index, marked)
        if start is None:
            self.kept.append((index, self._lines[index]))
            return False
        while self.kept and self.kept[-1][0] >= start:
            self.kept.pop()
        if not marked:
            self._cut_from(start, index + 1)
            return True
        self.quoted.extend(self._lines[start : index + 1])
        self.words.append("")
        return False

    def _cut_from(self, index: int, body: int | None = None) -> None:
        """Quote everything from `index` on, with the rule drawn above it.

        `body` is where the quoted mail's own words start, if that is known.
        """
        below = introduced_at(self._bare, index) if body is None else body
        self.words += ("", *self._lines[below:])
        rest = list(self._lines[index:] if self._bare[index] else self._lines[index + 1 :])
        while self.kept and (
            not self.kept[-1][1].strip() or RULE.match(self.kept[-1][1].strip()[:400])
        ):
            position, text = self.kept.pop()
            if text.strip():
                rest.insert(0, self._lines[position])
        self.quoted.extend(rest)

    def _next_filled(self) -> list[int | None]:
        """Find for each line the next one with words, at most three blank lines below."""
        following: list[int | None] = [None] * len(self._lines)
        latest: int | None = None
        for index in range(len(self._lines) - 1, -1, -1):
            near = latest is not None and latest - index <= _MAX_BLANKS + 1
            following[index] = latest if near else None
            if self._bare[index]:
                latest = index
        return following


def quoted_words(lines: Sequence[str]) -> list[str]:
    """Return the quoted lines without one level of marks and without what introduces them."""
    cutter = _Cutter(lines)
    cutter.run()
    return cutter.words


def _unmarked(line: str) -> str:
    match = _MARK.match(line[:20])
    return line if match is None else line[match.end() :].removeprefix(" ")


def is_unmarked_below(lines: Sequence[str]) -> bool:
    """Whether an attribution opens `lines` and the first words below it are not marked."""
    bare = [line.strip()[:400] for line in lines]
    for end in range(min(2 * MAX_LINES, len(bare) - 1)):
        if attribution_start(bare, end, False) == 0:
            below = next((line for line in lines[end + 1 :] if line.strip()), "")
            return bool(below) and _MARK.match(below[:20]) is None
    return False


def cut_quotes(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (lines of the newest author, quoted lines); linear in the lines."""
    cutter = _Cutter(lines)
    cutter.run()
    return [text for _, text in cutter.kept], cutter.quoted
