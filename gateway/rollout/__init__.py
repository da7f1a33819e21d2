"""New versions beside production: candidates answer a share, shadows watch, bad ones go back."""
