"""What mail programs and people write in each language, as data."""
