"""Constructs of raw messages, each as a function of a size: headers, MIME, encodings, charsets."""

from __future__ import annotations

import base64

from tests.data.mail.construct_units import numbered, repeated

_TYPE = b"Content-Type: "
_MIXED = _TYPE + b"multipart/mixed; boundary=b\r\n\r\n"


def _report(kind: bytes) -> bytes:
    """Return the head of a report whose second part is of this kind."""
    head = _TYPE + b"multipart/report; report-type=" + kind + b"; boundary=b\r\n\r\n"
    return head + b"--b\r\nContent-Type: message/" + kind + b"\r\n\r\n"


MESSAGES = {
    "hdr_many": repeated(b"X-A: b\r\n"),
    "hdr_repeat_ct": repeated(b"Content-Type: text/html\r\n"),
    "hdr_fold": repeated(b" x\r\n", b"Subject: a\r\n"),
    "hdr_fold_blank": repeated(b" \r\n", b"Subject: a\r\n"),
    "hdr_long": repeated(b"x", b"Subject: "),
    "hdr_nocolon": repeated(b"x\r\n"),
    "hdr_colon": repeated(b":\r\n"),
    "hdr_cr": repeated(b"\r", b"A: b"),
    "hdr_sp_nl": repeated(b" \t\n", b"A: b\n"),
    "hdr_crsp": repeated(b"\r \r", b"A: b\n"),
    "hdr_8bit": repeated(b"\xff", b"Subject: "),
    "hdr_8bit_many": repeated(b"X-A: \xe4\r\n"),
    "hdr_8bit_from": repeated(b"\xcf\xee", b"From: "),
    "hdr_ew": repeated(b"=?utf-8?q?a?= ", b"Subject: "),
    "hdr_ew_fold": repeated(b"=?utf-8?q?a?=\r\n ", b"Subject: "),
    "hdr_ew_cs": repeated(b"=?iso-2022-jp?b?GyRC?= =?koi8-r?q?=FF?=", b"Subject: "),
    "hdr_ew_open": repeated(b"=?utf-8?q?", b"Subject: "),
    "hdr_ew_q": repeated(b"=?", b"Subject: "),
    "hdr_ew_many": repeated(b"X-A: " + b"=?koi8-r?q?=FF?=" * 200 + b"\r\n"),
    "hdr_ew_many_alt": repeated(
        b"X-A: " + b"=?koi8-r?q?=FF?= =?gb2312?b?/////w==?= " * 80 + b"\r\n"
    ),
    "hdr_ew_unk": repeated(b"X-A: " + b"=?xyz?q?=FF?= =?koi8-u?q?=FF?= " * 120 + b"\r\n"),
    "hdr_ew_long": repeated(b"X-A: =?utf-8?b?" + b"/" * 1990 + b"?=\r\n"),
    "hdr_ew_u7": repeated(b"X-A: " + b"=?utf-7?q?+AGE-?= =?hz?q?~{?=" * 100 + b"\r\n"),
    "hdr_ew_fold_x": repeated(b"X-A: a\r\n" + b" =?koi8-r?q?=FF?=\r\n" * 5),
    "hdr_from": repeated(b"<", b"From: "),
    "hdr_from_at": repeated(b"a@", b"From: "),
    "hdr_from_dots": repeated(b"a.", b"From: <"),
    "hdr_from_many": repeated(b"a@b.example, ", b"From: "),
    "hdr_date": repeated(b"1 ", b"Date: "),
    "hdr_date_paren": repeated(b"(", b"Date: Mon, 3 May 2026 10:00:00 "),
    "hdr_refs": repeated(b"<a@b> ", b"References: "),
    "hdr_list": repeated(b"List-Id: x\r\n"),
    "hdr_subj_re": repeated(b"Re: ", b"Subject: "),
    "hdr_subj_tags": repeated(b"[a] ", b"Subject: "),
    "hdr_subj_ooo": repeated(b"Automatic reply: ", b"Subject: "),
    "hdr_subj_undel": repeated(b"Undeliverable: ", b"Subject: "),
    "hdr_auto": repeated(b"Auto-Submitted: auto-replied\r\n"),
    "hdr_recv": repeated(b"Received: from a by b; Mon, 3 May 2026 10:00:00 +0000\r\n"),
    "ct_param": repeated(b"; a=b", _TYPE + b"text/plain"),
    "ct_param_cont": repeated(b"; name*0*=a", _TYPE + b"text/plain"),
    "ct_quote": repeated(b'; a="', _TYPE + b"text/plain"),
    "ct_semis": repeated(b";", _TYPE + b"text/plain"),
    "ct_sp": repeated(b"; ", _TYPE + b"text/plain"),
    "ct_eq": repeated(b"=", _TYPE + b"text/plain; a"),
    "ct_boundary_long": repeated(b"b", _TYPE + b"multipart/mixed; boundary="),
    "ct_charset_long": repeated(b"x", _TYPE + b"text/plain; charset="),
    "cd_param": repeated(b'; filename="a"', b"Content-Disposition: attachment"),
    "cte_long": repeated(b"x", b"Content-Transfer-Encoding: "),
    "parts": repeated(b"--b\r\n\r\nx\r\n", _MIXED),
    "parts_empty": repeated(b"--b\r\n", _MIXED),
    "parts_hdr": repeated(b"--b\r\n" + b"X-A: b\r\n" * 500 + b"\r\nx\r\n", _MIXED),
    "parts_hdr_64k": repeated(b"--b\r\n" + b"X-A: bb\r\n" * 7000 + b"\r\nx\r\n", _MIXED),
    "parts_hdr_fold": repeated(b"--b\r\nX: a\r\n" + b" x\r\n" * 16000 + b"\r\nx\r\n", _MIXED),
    "parts_hdr_8bit": repeated(b"--b\r\nX: " + b"\xcf\xee \xe4" * 15000 + b"\r\n\r\nx\r\n", _MIXED),
    "parts_hdr_8bit_half": repeated(
        b"--b\r\nX: " + b"\xc3\xa4\xff\xc3\xb6 " * 12000 + b"\r\n\r\nx\r\n", _MIXED
    ),
    "parts_hdr_lines": repeated(b"--b\r\n" + b"a:\r\n" * 16000 + b"\r\nx\r\n", _MIXED),
    "parts_hdr_blanks": repeated(b"--b\r\nX:" + b"\n \n" * 1 + b" " * 60000 + b"\r\n", _MIXED),
    "parts_text": repeated(
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"hello there " * 3000 + b"\r\n", _MIXED
    ),
    "parts_8bit": repeated(
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"\xcf\xee \xe4 " * 25000 + b"\r\n", _MIXED
    ),
    "parts_koi_guess": repeated(
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + bytes(range(0x80, 0xFF)) * 300 + b"\r\n",
        _MIXED,
    ),
    "parts_alt": repeated(
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n",
        _TYPE + b"multipart/alternative; boundary=b\r\n\r\n",
    ),
    "parts_html": repeated(
        b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>x" * 1200 + b"\r\n", _MIXED
    ),
    "parts_html_attr": repeated(
        b"--b\r\nContent-Type: text/html\r\n\r\n<p "
        + b" ".join(b"a%d" % i for i in range(2900))
        + b">x</p>\r\n",
        _MIXED,
    ),
    "parts_html_attr_alt": repeated(
        b"--b\r\nContent-Type: text/html\r\n\r\n<p "
        + b" ".join(b"a%d" % i for i in range(2900))
        + b">x</p>\r\n",
        _TYPE + b"multipart/alternative; boundary=b\r\n\r\n",
    ),
    "nest": repeated(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
    "nest_rfc822": repeated(b"Content-Type: message/rfc822\r\n\r\n"),
    "b_prefix": repeated(b"\n--b-", _MIXED),
    "b_spaces": repeated(b"\n--b" + b" " * 81, _MIXED),
    "b_cr": repeated(b"\n--b\r", _MIXED),
    "b_nl": repeated(b"\n", _MIXED),
    "b_dashes": repeated(b"\n--", _MIXED),
    "b_dash": repeated(b"-", _MIXED),
    "att_big": repeated(
        b"QUJD" * 19 + b"\r\n",
        _MIXED
        + b"--b\r\n\r\nNo.\r\n--b\r\nContent-Type: application/pdf\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n",
    ),
    "no_blank": repeated(b"x"),
    "nl_only": repeated(b"\n", b"A: b"),
    "cr_only": repeated(b"\r", b"A: b"),
    "sp_lines": repeated(b" \n", b"A: b"),
    "blank_far": repeated(b"\n \t", b"A:b"),
    "tabs_far": repeated(b"\n" + b" " * 1000 + b"x", b"A:b\n"),
    "te_qp_FF": repeated(
        b"=FF", _TYPE + b"text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ),
    "meta_cs": repeated(b"<meta charset=", _TYPE + b"text/html\r\n\r\n\xff"),
    "meta_sp": repeated(b"<meta " + b" " * 150, _TYPE + b"text/html\r\n\r\n\xff"),
    "datauri": repeated(
        b"QUJD", _TYPE + b'text/html\r\n\r\n<img src="data:image/png;base64,', b'">Not interested.'
    ),
    "datauris": repeated(
        b'<img src="data:image/png;base64,' + b"QUJD" * 60 + b'">', _TYPE + b"text/html\r\n\r\n"
    ),
    "data_open": repeated(b"data:image/", _TYPE + b"text/html\r\n\r\n"),
    "data_199": repeated(b"data:image/" + b"a" * 199 + b'"', _TYPE + b"text/html\r\n\r\n"),
    "ds_fields": repeated(
        b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n",
        _report(b"delivery-status"),
    ),
    "ds_action": repeated(b"Action: delayed\r\n", _report(b"delivery-status")),
    "ds_sp": repeated(b"Action:      ", _report(b"delivery-status")),
    "ds_nl": repeated(b"\n", _report(b"delivery-status")),
    "ds_status": repeated(b"Status: ", _report(b"delivery-status")),
    "ds_x": repeated(b"x", _report(b"delivery-status")),
    "fb": repeated(b"Feedback-Type: abuse\r\n", _report(b"feedback-report")),
    "mdn": repeated(
        b"Disposition: automatic-action/MDN-sent-automatically; displayed\r\n",
        _report(b"disposition-notification"),
    ),
    "cal": repeated(b"BEGIN:VEVENT\r\nMETHOD:REPLY\r\n", _TYPE + b"text/calendar\r\n\r\n"),
    "cal_parts": repeated(
        b"--b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN\r\n", _MIXED
    ),
    "cal_nl": repeated(b"\r", _TYPE + b"text/calendar\r\n\r\n"),
    "cal_ls": repeated("\u2028".encode(), _TYPE + b"text/calendar; charset=utf-8\r\n\r\n"),
    "vcard": repeated(b"BEGIN:VCARD\r\nFN:a\r\n", _TYPE + b"text/vcard\r\n\r\n"),
    "smime": repeated(b"QUJD", _TYPE + b"application/pkcs7-mime; smime-type=signed-data\r\n\r\n"),
    "tnef": repeated(b"x", _TYPE + b"application/ms-tnef\r\n\r\n"),
    "bounce_qmail": repeated(
        b"<a@b.example>:\nUser unknown 550 5.1.1\n\n",
        b"Subject: failure notice\r\nReturn-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\n\r\n",
    ),
    "bounce_words": repeated(
        b"550 5.1.1 <a@b.example> User unknown; ",
        b"Subject: Undeliverable: x\r\nReturn-Path: <>\r\nFrom: postmaster@x.example\r\n\r\n",
    ),
    "ooo_words": repeated(
        b"I am out of the office until 3 May. Please contact Ann Lee. ",
        b"Subject: Automatic reply: x\r\nAuto-Submitted: auto-replied\r\n\r\n",
    ),
    "hdr_distinct": numbered(b"X-%d: b\r\n"),
    "ct_param_num": numbered(b";\r\n name*%d=a", _TYPE + b"text/plain"),
    "html_attr": numbered(b" a%d", _TYPE + b"text/html\r\n\r\n<p", b">Not interested.</p>"),
    "nest_distinct": numbered(b"Content-Type: multipart/mixed; boundary=a%d\r\n\r\n--a%d\r\n"),
}
_PAGE = numbered(b" a%d", b"<p", b">Not interested.</p>")
MESSAGES["html_attributes_base64"] = lambda size: (
    _TYPE
    + b"text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(_PAGE(size * 7 // 10))
)
_BYTES = {
    "high": b"\xff", "some": b"\xa4\xa2\xc0", "escapes": b"\x1b$B!!\x1b(B", "plus": b"+AGE-",
    "tilde": b"~{!!~}", "wide": b"\x00a", "low": b"a b ", "utf8": "é ".encode(),
    "broken": b"\xc3\xa9 \xff ", "bom": b"\xff\xfe\x41\x00", "halves": b"\xd8\x00",
    "mixed": bytes(range(1, 256)), "ligature": "\ufdfa".encode(),
    "cyrillic": "привет ".encode("cp1251"),
}  # fmt: skip
_CHARSETS = [
    "utf-7",
    "utf-8",
    "utf-16",
    "utf-32",
    "hz",
    "iso-2022-jp",
    "iso-2022-kr",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "johab",
    "koi8-r",
    "windows-1251",
    "windows-1255",
    "iso-8859-1",
    "tis-620",
    "mac-arabic",
    "ascii",
    "x-unknown",
    "cp437",
    "punycode",
    "zlib",
    "hex",
]
_ENCODINGS = ("base64", "quoted-printable", "x-uuencode")


def charset_cases() -> dict[str, tuple[bytes, bytes]]:
    """Return (head, unit) of messages whose charset or encoding is not what their bytes are."""
    heads = {name: f"text/plain; charset={name}" for name in _CHARSETS}
    heads |= {"none": "text/plain", "html": "text/html"}
    heads |= {
        name: f"text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: {name}"
        for name in _ENCODINGS
    }
    return {
        f"{name}_{kind}": (_TYPE + head.encode() + b"\r\n\r\n", unit)
        for name, head in heads.items()
        for kind, unit in _BYTES.items()
    }
