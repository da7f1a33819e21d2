"""The API's document and explorer, and the icon."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, send_from_directory
from pydantic_core import to_json

from gateway.api.openapi import document, documented
from gateway.auth.guard import public


def pages() -> Blueprint:
    """Return the routes; everything they load comes from this server."""
    routes = Blueprint("pages", __name__)
    swagger = _swagger_folder()

    @routes.get("/docs")
    @public
    def docs() -> str:
        return render_template("docs.html")

    @routes.get("/docs/assets/<path:filename>")
    @public
    def docs_asset(filename: str) -> Response:
        return send_from_directory(swagger, filename)

    @cache
    def document_json() -> bytes:
        return to_json(document(current_app))

    @routes.get("/openapi.json")
    @public
    @documented("openapi", "This document", "document", plain="application/json")
    def openapi() -> Response:
        return Response(document_json(), mimetype="application/json")

    @routes.get("/favicon.ico")
    @public
    def favicon() -> Response:
        return current_app.send_static_file("favicon.svg")

    return routes


def _swagger_folder() -> Path:
    """Find Swagger UI's files in the package that carries them, without importing it."""
    spec = find_spec("flask_openapi3_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package flask-openapi3-swagger is not installed")
    return Path(spec.submodule_search_locations[0]) / "templates" / "swagger"
