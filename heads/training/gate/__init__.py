"""The gate before promotion: versions compared on the same rows, with intervals."""
