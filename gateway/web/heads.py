"""The pages of heads: what answers in which role, its card, the gate's pictures, its journal."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from gateway.api.desk import Desk
from gateway.auth.guard import requires
from gateway.errors import NotFoundError
from gateway.rollout.cards import Cards, CatalogAwayError
from gateway.web.rendering import page

_ROLES = {"heads": "production", "candidates": "candidate", "shadows": "shadow"}
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")  # shown beside the card
_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False})
Result = TypeVar("Result")


def heads(desk: Desk, cards: Cards) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("heads_pages", __name__)

    @routes.get("/heads")
    @requires("classify", page=True)
    def list_heads() -> Response:
        served = desk.heads()
        return page("heads.html", heads=_by_name(served), served=served)

    @routes.get("/heads/<head>")
    @requires("classify", page=True)
    def show_head(head: str) -> Response:
        roles = _by_name(desk.heads()).get(head)
        if roles is None:
            raise NotFoundError
        kept, away = _unless_away(lambda: (cards.versions(head), cards.journal(head)))
        versions, journal = kept or ((), ())
        return page(
            "head.html", head=head, roles=roles, versions=versions, journal=journal, is_away=away
        )

    _show_versions(routes, cards)
    return routes


def _show_versions(routes: Blueprint, cards: Cards) -> None:
    """Add the routes of a version's card and of its pictures."""

    @routes.get("/heads/<head>/<version>")
    @requires("classify", page=True)
    def show_version(head: str, version: str) -> Response:
        kept, away = _unless_away(
            lambda: (cards.card(head, version), cards.pictures(head, version))
        )
        card, pictures = kept or (None, ())
        if card is None and not away:
            raise NotFoundError
        return page(
            "version.html", head=head, version=version, is_away=away,
            card=_rendered(card or ""),
            pictures=pictures,
        )  # fmt: skip

    @routes.get("/heads/<head>/<version>/<name>")
    @requires("classify", page=True)
    def show_picture(head: str, version: str, name: str) -> Response:
        content, _ = _unless_away(lambda: cards.picture(head, version, name))
        if content is None:
            raise NotFoundError
        return Response(content, mimetype="image/png")


def _rendered(card: str) -> Markup:
    """Return a card as HTML; HTML in it stays text, and cells that head nothing are no headers."""
    rendered = _MARKDOWN.render(_IMAGE.sub("", card)).replace("<th></th>", "<td></td>")
    return Markup(rendered)  # noqa: S704 - the renderer escapes


def _by_name(shown: Mapping[str, Any]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Return each head's versions with the roles that they have."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for member, role in _ROLES.items():
        for info in shown[member]:
            found.setdefault(info["name"], []).append((role, info))
    return found


def _unless_away(read: Callable[[], Result]) -> tuple[Result | None, bool]:
    """Return what was read and whether the catalog could not be reached."""
    try:
        return read(), False
    except CatalogAwayError:
        return None, True
