"""Prepares labelled rows for training: each text and what it answers through the cleaner."""

import json
from pathlib import Path
from typing import Any

from gateway.mail import MailInput, clean


def prepare(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with `text` replaced by its newest words in the model's form.

    `last_outbound`, where the row has it, becomes what the encoder reads of it: null under a reply
    that is read alone.
    Preparing twice changes nothing: cleaning is idempotent. A text of which the cleaner keeps
    nothing stays as it is, so that no row is lost.
    """
    cleaned = clean(MailInput(text=row["text"], last_outbound=row.get("last_outbound")))
    prepared = row | {"text": cleaned.model_text or row["text"]}
    return prepared | ({"last_outbound": cleaned.context} if "last_outbound" in row else {})


def prepared_lines(source: Path) -> str:
    """Return the JSON lines of `source`, prepared, in their order."""
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line]
    return "".join(json.dumps(prepare(row), ensure_ascii=False) + "\n" for row in rows)
