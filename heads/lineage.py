"""Shows where a version comes from and what it did: `heads lineage NAME VERSION`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from heads.bundle.facts import read_facts, table_at
from heads.bundle.reading import BundleFiles, learnt_digest
from heads.cli import catalog_option, handle_heads_errors
from heads.errors import BundleError
from heads.lifecycle import audit
from heads.lifecycle.aliases import ROLES
from heads.lifecycle.audit import AuditEntry
from heads.naming import bundle_of, require_version
from heads.storage.catalog import Catalog

_UNTOLD = "not recorded"
_NUMBER = {"candidate": "candidate_weight", "shadow": "shadow_sample"}


@click.command()
@click.argument("name")
@click.argument("version")
@catalog_option
@handle_heads_errors
def lineage(name: str, version: str, catalog: Catalog) -> None:
    """Show VERSION of NAME from its data over its training and bundle to its roles over time."""
    require_version(catalog, name, version)
    bundle = bundle_of(catalog, f"{name}/{version}")
    entries = [entry for entry in audit.entries(catalog, name) if entry.outcome == "done"]
    for line in (*_sources(bundle), *_bundle(bundle), *roles_over_time(entries, version)):
        click.echo(line)


def roles_over_time(entries: Sequence[AuditEntry], version: str) -> Iterator[str]:
    """Yield a line for each change of the version's roles, oldest first, with who and why."""
    idle = True
    for entry in entries:
        before, after = (_roles(table, version) for table in (entry.before, entry.after))
        if before == after:
            continue
        idle = False
        why = f" ({entry.why})" if entry.why else ""
        now = ", ".join(after) or "no role"
        yield f"roles    {entry.at} {now}, by {entry.by}: {entry.action}{why}{_gate(entry)}"
    if idle:
        yield "roles    none so far"


def _roles(table: Mapping[str, Any], version: str) -> tuple[str, ...]:
    """Return the roles that a record of the audit gives the version, each with its share."""
    return tuple(
        f"{role} {table.get(_NUMBER[role], 0):.0%}" if role in _NUMBER else role
        for role in ROLES
        if table.get(role) == version
    )


def _gate(entry: AuditEntry) -> str:
    overall = entry.gate.get("figures", {}).get("overall")
    if not overall:
        return ""
    return f"; gate: macro-F1 {overall['old']} -> {overall['new']} on {overall['rows']} rows"


def _sources(bundle: BundleFiles) -> Iterator[str]:
    """Yield what metrics.json tells of rows and training; a line at least of each."""
    facts: dict[str, Any] = {}
    with suppress(BundleError):
        facts = read_facts(bundle)
    state, order = (table_at(facts, "training", name) for name in ("state", "order"))
    languages = table_at(facts, "languages")
    told = f" in {', '.join(filter(None, languages))}" if any(languages) else ""
    yield f"data     {facts.get('rows', '?')} rows{told}, {facts.get('data_sha256', _UNTOLD)}"
    for name, digest in table_at(state, "data").items():
        yield f"         {name} {digest}"
    yield f"guide    {state.get('guide') or _UNTOLD}"
    yield f"encoder  {facts.get('encoder', bundle.manifest.fingerprint)}"
    yield f"code     commit {state.get('commit', _UNTOLD)}, sources {state.get('code', _UNTOLD)}"
    libraries = ", ".join(f"{name} {its}" for name, its in table_at(state, "libraries").items())
    yield f"         {libraries or _UNTOLD}"
    seed = f", seed {order['seed']}" if "seed" in order else ""
    yield f"training {_command(order)}{seed}"
    for fact in ("recalibrated", "opt_out"):
        if fact in facts:
            of = table_at(facts, fact).get("of_version")
            yield f"         {fact}{f' from version {of}' if of else ''}"


def _command(order: Mapping[str, Any]) -> str:
    if not order:
        return _UNTOLD
    members = order.get("members")
    words = f"heads {order.get('command', '?')} {order.get('head', '?')}"
    return f"{words}{f', members {members}' if members else ''}"


def _bundle(bundle: BundleFiles) -> Iterator[str]:
    manifest = bundle.manifest
    yield f"bundle   {manifest.name}/{manifest.version} of {manifest.created}, {bundle.digest}"
    yield f"learnt   {learnt_digest(bundle)}"
