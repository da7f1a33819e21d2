"""Writes the small part of TOML that head.toml uses; tomllib only reads."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def dumps(table: Mapping[str, Any]) -> str:
    """`table` as TOML: plain values first, then tables, then arrays of tables; None is left out.

    Raises TypeError for a value that TOML (or this subset) cannot hold.
    """
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain, nested = [], []
    for key, value in table.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            nested += ["", f"[{_path((*path, key))}]", *_lines(value, (*path, key))]
        elif _is_table_array(value):
            for item in value:
                nested += ["", f"[[{_path((*path, key))}]]", *_lines(item, (*path, key))]
        else:
            plain.append(f"{_key(key)} = {_value(value)}")
    return plain + nested


def _is_table_array(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _path(parts: tuple[str, ...]) -> str:
    return ".".join(_key(part) for part in parts)


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"cannot write {type(value).__name__} as TOML")
