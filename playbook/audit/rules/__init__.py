"""The rules: one file each, each with the page of Clever's documentation that it follows."""
