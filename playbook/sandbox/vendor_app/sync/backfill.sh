#!/bin/sh
# One-off: everybody with an admin role, for the support desk.
set -e
curl -sS -H "Authorization: Bearer $CLEVER_DISTRICT_TOKEN" "https://api.clever.com/v2.1/school_admins?limit=10000" > admins.json
curl -sS -H "Authorization: Bearer $CLEVER_DISTRICT_TOKEN" "https://api.clever.com/v2.0/district_admins" >> admins.json
