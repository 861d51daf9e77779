"""What people see: tables, charts, pages, redaction, the share bundle and its scanner."""
