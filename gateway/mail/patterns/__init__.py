"""What patterns are written with: fast alternations, kinds of lines, evidence that adds up."""
