"""Peer: write what `mlflow models serve` serves: sentence-transformers, all heads at once.

Run in the peer's own environment: `python save_mlflow.py MODEL HEADS /model/to/write`.
"""

import sys
from pathlib import Path
from typing import Any

import mlflow.pyfunc
from sentence_transformers import SentenceTransformer


class Classification(mlflow.pyfunc.PythonModel):
    """{"inputs": [text]} -> {"predictions": [{"heads"}]}."""

    def load_context(self, context: Any) -> None:
        """Load the model in the worker."""
        from product import Product

        self.product = Product(context.model_config["heads"])
        self.model = SentenceTransformer(context.model_config["folder"], device="cpu")

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        """Return the scores of each text."""
        texts = [str(text) for text in getattr(model_input, "values", model_input)]
        return [{"heads": scores} for scores in self.product(self.model.encode(texts))]


if __name__ == "__main__":
    mlflow.pyfunc.save_model(
        path=sys.argv[3], python_model=Classification(),
        model_config={"folder": sys.argv[1], "heads": sys.argv[2]},
        code_paths=[str(Path(__file__).with_name("product.py"))], pip_requirements=["mlflow"],
    )  # fmt: skip
