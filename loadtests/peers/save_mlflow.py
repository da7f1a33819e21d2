"""Peer: write the model that `mlflow models serve` serves: sentence-transformers, embeddings only.

Run in the peer's own environment: `python save_mlflow.py /model/folder /model/to/write`.
"""

import sys
from typing import Any

import mlflow.pyfunc
from sentence_transformers import SentenceTransformer


class Embedding(mlflow.pyfunc.PythonModel):
    """{"inputs": [text]} -> {"predictions": [vector]}."""

    def load_context(self, context: Any) -> None:
        """Load the model in the worker."""
        self.model = SentenceTransformer(context.model_config["folder"], device="cpu")

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        """Return one vector a text."""
        texts = [str(text) for text in getattr(model_input, "values", model_input)]
        return self.model.encode(texts).tolist()


if __name__ == "__main__":
    mlflow.pyfunc.save_model(
        path=sys.argv[2], python_model=Embedding(), model_config={"folder": sys.argv[1]},
        pip_requirements=["mlflow"],
    )  # fmt: skip
