"""New versions beside production: candidates answer a share, shadows watch."""
