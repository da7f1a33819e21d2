"""What people open in a browser: the page at `/`, the API's document and its explorer."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template
from pydantic_core import to_json

from gateway.openapi import document


def pages() -> Blueprint:
    """Return the routes; everything they load comes from this server."""
    routes = Blueprint("pages", __name__)
    routes.register_blueprint(_swagger())
    described = to_json(document())

    @routes.get("/")
    def index() -> str:
        return render_template("index.html")

    @routes.get("/docs")
    def docs() -> str:
        return render_template("docs.html")

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(described, mimetype="application/json")

    @routes.get("/favicon.ico")
    def favicon() -> Response:
        return current_app.send_static_file("favicon.svg")

    return routes


def _swagger() -> Blueprint:
    """Serve Swagger UI's files out of the package that carries them, without importing it."""
    spec = find_spec("flask_openapi3_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package flask-openapi3-swagger is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "templates" / "swagger"
    return Blueprint("swagger", __name__, static_folder=folder, static_url_path="/docs/assets")
