"""How routes become operations of the OpenAPI document."""

from flask import Flask

from gateway.api.openapi import document, documented
from gateway.api.operation_models import LiveShape


def test_two_methods_of_a_path_are_both_listed() -> None:
    """Routes with one path are one entry with an operation a method; parameters are in braces."""
    app = Flask("two")
    path = "/v1/items/<ref>/parts/<int:number>"
    app.get(path, endpoint="show")(documented("show", "Show", "heads", LiveShape)(lambda **_: ""))
    app.delete(path, endpoint="remove")(
        documented("remove", "Remove", "heads", LiveShape)(lambda **_: "")
    )
    (template,) = document(app)["paths"].items()

    assert template[0] == "/v1/items/{ref}/parts/{number}"
    assert {method: op["summary"] for method, op in template[1].items()} == {
        "get": "Show",
        "delete": "Remove",
    }
