"""The embedder's settings."""

import pytest

from embedder.config import Settings, load_settings
from embedder.errors import InvalidSettings


def test_all_bad_values_are_reported_together():
    """One start tells every mistake: bad values and unknown names, with a guess what was meant."""
    with pytest.raises(InvalidSettings) as caught:
        load_settings(
            {
                "EMBEDDER_PORT": "many",
                "EMBEDDER_MAX_QUEUE_SIZE": "0",
                "EMBEDDER_CACHE_MAXSIZE": "5",
                "OTHER": "x",
            }
        )
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 3
    assert "EMBEDDER_PORT: " in told
    assert "EMBEDDER_MAX_QUEUE_SIZE: " in told
    assert "did you mean EMBEDDER_CACHE_MAXSIZE_BYTES?" in told


def test_values_are_read_and_empty_means_default():
    """A name with an empty value is as good as absent; numbers and paths are parsed."""
    settings = load_settings({"EMBEDDER_PORT": "6000", "EMBEDDER_MODEL_DIR": ""})
    assert settings.port == 6000
    assert settings.model_dir is None
    assert settings == Settings(port=6000)


def test_settings_are_frozen():
    """Nobody changes a setting after start."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


def test_every_setting_is_described():
    """The README's table is made of these."""
    assert all(field.description for field in Settings.model_fields.values())
