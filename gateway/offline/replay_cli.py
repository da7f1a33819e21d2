"""`gateway replay`: answers a reported prediction again and says what differs."""

import json
from pathlib import Path
from typing import Any, NoReturn

import click

from gateway.prediction_log.cli import fail, log_settings

_DIFFERS = 3


@click.command("replay")
@click.argument("prediction_id")
@click.option(
    "--text-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the email as it was sent: its text, HTML or the message (default: the stored words)",
)
@click.option("--json", "as_json", is_flag=True, help="print as JSON")
def replay_command(prediction_id: str, text_file: Path | None, *, as_json: bool) -> None:
    """Answer a recorded prediction again, with what ran then and with what runs now.

    Heads come from GATEWAY_CATALOG, vectors from the embedder of the settings. Exit with 0 where
    the answer of then is the same, with 3 where it differs or what ran then is gone. Nothing of
    this is recorded but the reading of stored words, in the audit.
    """
    settings = log_settings()
    from embedder.client import EmbedderClient
    from gateway.errors import GatewayError
    from gateway.offline.replay import replay
    from gateway.prediction_log.log_database import LogDatabase
    from gateway.prediction_log.values import Reader
    from heads.errors import HeadsError

    embedders = {name: EmbedderClient(t) for name, t in settings.embedder_targets().items()}
    database = LogDatabase(settings)
    try:
        reader = Reader(None)
        recorded = database.prediction(prediction_id, reader, words=text_file is None)
        if recorded is None:
            fail("no such prediction is stored")
        body = _body(recorded, text_file)
        cleaned, replays = replay(recorded, body, settings, embedders)
        digest = database.is_text_of(prediction_id, cleaned)
    except (HeadsError, GatewayError) as error:
        fail(f"cannot replay: {error}")
    finally:
        for embedder in embedders.values():
            embedder.close()
    report = {
        "prediction_id": prediction_id,
        "digest": {True: "same", False: "differs", None: "none"}[digest],
        "replays": [
            {"when": r.when, "same": r.same, "differences": r.differences, "missing": r.missing}
            for r in replays
        ],
    }
    click.echo(json.dumps(report, indent=2) if as_json else _lines(report))
    _exit(report)


def _body(recorded: dict[str, Any], text_file: Path | None) -> dict[str, Any]:
    from gateway.offline.replay import body_of

    if text_file is not None:
        return body_of(recorded["text"]["kind"], text_file.read_bytes())
    words = recorded["words"]
    if words is None:
        fail("no words of it are stored, or readable: give them by --text-file")
    if recorded["text"]["level"] == "redacted":
        fail("its words were stored redacted: give them by --text-file")
    return {"text": words}


def _lines(report: dict[str, Any]) -> str:
    lines = [f"digest of the cleaned text: {report['digest']}"]
    for entry in report["replays"]:
        lines.append(f"{entry['when']}: {'same' if entry['same'] else 'differs'}")
        lines += [f"  {line}" for line in (*entry["missing"], *entry["differences"])]
    return "\n".join(lines)


def _exit(report: dict[str, Any]) -> NoReturn:
    same = report["replays"][0]["same"] and report["digest"] != "differs"
    raise SystemExit(0 if same else _DIFFERS)
