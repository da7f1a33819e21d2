"""What a version of a head would have decided of recorded mail."""
