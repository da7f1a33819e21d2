"""What depth, precision and tuning of the encoder buy and cost: quality beside CPU time."""
