"""What commands need to call a gateway over HTTP, and the checks and samples they send."""
