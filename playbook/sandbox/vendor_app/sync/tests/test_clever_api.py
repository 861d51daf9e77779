import clever_api


def test_url():
    assert clever_api.url("students") == "https://api.clever.com/v2.1/students"
