"""Inputs that make careless mail cleaners slow, each as a function of a size in characters."""

from __future__ import annotations

from collections.abc import Callable

_UNITS: dict[str, str] = {
    "on_on_on": "On ",
    "on_on_lines": "On On On\n",
    "on_monday_we_met": "On Monday we met at 10:00\n",
    "on_date_no_verb": "On 3 May 2026 at 10:00, Bob <bob@x.example>\n",
    "am_schrieb": "Am x schrieb ",
    "schrieb_lines": "Am 3. Mai 2026 schrieb\n",
    "spaces": " ",
    "space_lines": " \n",
    "blank_lines": "\n",
    "tabs": "\t",
    "dashes": "-",
    "dash_lines": "-----\n",
    "double_dash_lines": "--\n",
    "underscores": "_",
    "underscore_lines": "________________________________\n",
    "from_a": "From: a\n",
    "from_address": "From: a <a@b.example>\n",
    "label_lines": "To: x\nFrom: y\n",
    "quotes": ">",
    "quote_lines": "> x\n",
    "mixed_quote_lines": "> x\ny\n",
    "at_signs": "@",
    "addresses": "a@b.c ",
    "one_address": "a.",
    "open_angles": "<",
    "colons": ":",
    "colon_lines": "a:\n",
    "thanks_lines": "Thanks,\n",
    "best_joe": "Best,\nJoe\n",
    "best_joe_blank": "Best,\nJoe\n\n",
    "sent_from": "Sent from my iPhone\n",
    "legal": "This email is confidential, for the intended recipient only, no disclosure.\n\n",
    "banner": "CAUTION: external email. Do not click links.\n\n",
    "brackets": "[EXTERNAL] ",
    "digits": "1",
    "phone": "+1 555 ",
    "dots": ".",
    "contact_name": "contact Ann Lee ",
    "names": "Ann Lee and ",
    "our_manager": "our office manager ",
    "cue": "talk to ",
    "singles": "a b ",
    "cyrillic": "раypal ",
    "combining": "a\u0301\u0302",
    "zero_width": "\u200b",
    "surrogates": "\ud800",
    "nul": "\x00",
    "cr": "\r",
    "out_of_office": "out of office ",
    "whole_notice": "I am out of the office until May. ",
    "notice_unspaced": "休暇",
    "code_lines": '{"a": 1, "b": [2]};\n',
    "code_openings": "a=(b;",
    "links": "https://x.example/y ",
    "until": "until 3 May back on ",
    "ping_months": "ping me in March or ",
    "nothing_before": "nothing before ",
    "not_until": "not until after mid of the next ",
    "let_us_then": "let's talk then ",
    "numbers_weeks": "in 2 or 3 more ",
    "stop_emailing": "please stop ",
    "take_me_off": "take me off my ",
    "remove_list": "nehmen sie mich bitte aus ihrem ",
    "no_more": "i do not want any more of ",
    "wrote": "wrote: ",
    "wrote_lines": "Bob wrote:\n",
    "original": "-----Original Message-----",
    "dashes_word": "---- a ",
    "encoded": "=?utf-8?q?a?= ",
    "base64": "QUJDREVG",
    "emoji": "😀",
    "ligature": "\ufdfa",
    "joiners": "\u06cc\u200c\u200d",
    "brackets_open": "[",
    "bangs": "![",
    "pictures": "[cid:a] ",
    "alternatives": "[image a",
    "comments": "<!-- ",
    "comment_ends": "<!---->",
    "targets": "a<https://x.example>",
    "same_addresses": "a@b.example<mailto:a@b.example>",
    "angle_lines": "<https://x.example>\n",
    "armour": "-----BEGIN PGP SIGNED MESSAGE-----\n",
    "armour_blocks": "-----BEGIN PGP MESSAGE-----\nAAAA\n",
    "meetings": "Join Zoom Meeting\nhttps://zoom.us/j/1\nPasscode: 1\n",
    "meeting_ids": "Meeting ID: 1\n",
    "phones": "+1 312 555 0100,,99#\n",
    "tickets": "[Ticket#1]\n",
    "ticket_tokens": "ref:_00D.500:ref ",
    "next_parts": "-------------- next part --------------\n",
    "levels": "ACME-INTERNAL\n",
    "attachments": "Attachments:\n- a.pdf\n",
    "scans": "This message was scanned for viruses by XYZAB.\n\n",
    "closings": "On 3 May 2026, Bob\n<\nb@x.example\n>\nwrote:\n",
    "sent_with": "Sent with Quillbox\n",
    "styles": "p.a {b:c}\n",
    "cjk": "发件人：",
    "one_word": "x",
    "words": "hello there ",
    "word_lines": "hello there\n",
}
_HTML_UNITS: dict[str, str] = {
    "div_open": "<div>",
    "blockquote_open": "<blockquote>",
    "divs": "<div>a</div>",
    "spans": "<span style='display:none'>a</span>",
    "outlook": "<div style='border:none;border-top:solid #E1E1E1 1.0pt'>From: a ",
    "tables": "<table><tr><td>",
    "comments": "<!-- ",
    "amps": "&amp;",
    "lt": "<",
    "attributes": "<a b='c' ",
    "br": "<br>",
    "anchors": "<a><a>",
    "entities": "&#x1F600;",
    "formatting": "<b><i>",
    "text": "hello ",
    "indents": "<blockquote style='margin:0 0 0 40px'>a",
    "introduced": "<p>On 3.5.2026 Bob wrote:</p><blockquote>a</blockquote>",
    "contained": "<div class=gmail_quote><blockquote>a",
    "tiny": "<div style='font-size:0'><b style='font-size:9px'>a",
    "images": "<img src=a>",
    "tag_open": "<a b='",
    "data": "<img src='data:image/png;base64,AAAA",
}
_RAW_UNITS: dict[str, bytes] = {
    "header_lines": b"X-A: b\r\n",
    "folded": b" folded\r\n",
    "parameters": b"; a=b",
    "encoded_words": b" =?utf-8?q?hello?=",
    "nested": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
    "parts": b"--b\r\n\r\nx\r\n",
    "eight_bit": b"\xff",
    "parens": b"(",
    "qp": b"=3D",
    "jis": b"\x1b$B!!",
    "jis_lost": b"$B!!",
    "escapes": b"\x1b",
    "wide": b"a\x00",
    "cyrillic_bytes": b"\xcf\xee ",
    "near_boundary": b"\n--bx",
    "blank_boundary": b"\n--b" + b" " * 80,
    "meta": b"<meta ",
}
_RAW_HEADS: dict[str, bytes] = {
    "folded": b"Subject: a\r\n",
    "parameters": b"Content-Type: text/plain",
    "encoded_words": b"Subject:",
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "parens": b"From: ",
    "jis_lost": b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n",
    "near_boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "blank_boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "meta": b"Content-Type: text/html\r\n\r\n\xff",
    "qp": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
}


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _message(head: bytes, unit: bytes) -> Callable[[int], bytes]:
    return lambda size: (head + unit * (size // len(unit) + 1))[:size]


TEXTS = {name: _repeated(unit) for name, unit in _UNITS.items()}
PAGES = {name: _repeated(unit) for name, unit in _HTML_UNITS.items()}
# A tag of distinct attributes: what HTML parsers compare each with all before it.
PAGES["attribute_names"] = lambda size: ("<p " + " ".join(map(str, range(size // 6))) + ">a</p>")[
    :size
]
PAGES["attribute_values"] = lambda size: (
    "<p " + " ".join(f'a{n}=">"' for n in range(size // 9)) + ">a</p>"
)[:size]
MESSAGES = {name: _message(_RAW_HEADS.get(name, b""), unit) for name, unit in _RAW_UNITS.items()}
# HTML spread over many parts: what a limit of each part alone lets through.
_HTML_PART = b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>a<br>" * 1_100 + b"\r\n"
MESSAGES["html_parts"] = _message(_RAW_HEADS["parts"], _HTML_PART)
