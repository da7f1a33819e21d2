"""Mail that machines write: rules that decide alone, automatic replies, dates of return."""
