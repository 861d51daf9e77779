"""The forms that findings leave the audit in: CSV, SARIF, Markdown."""
