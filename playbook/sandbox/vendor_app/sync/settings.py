import os

API_HOST = "https://api.clever.com"
API_VERSION = os.environ.get("CLEVER_API_VERSION", "v2.1")
API_VERSION_NEXT = "v3.1"  # not used yet
DISTRICT_TOKEN = os.environ["CLEVER_DISTRICT_TOKEN"]
