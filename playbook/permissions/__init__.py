"""Who gains, keeps and loses what: grants before and after. Pure."""
