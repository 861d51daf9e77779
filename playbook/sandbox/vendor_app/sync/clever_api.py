import requests

from settings import API_HOST, API_VERSION, DISTRICT_TOKEN

ROLE_PATHS = {
    "student": "students",
    "teacher": "teachers",
    "school_admin": "school_admins",
    "district_admin": "district_admins",
    "contact": "contacts",
}


def url(path):
    return "{}/{}/{}".format(API_HOST, API_VERSION, path)


def get(path, **params):
    response = requests.get(url(path), params=params, headers={"Authorization": "Bearer " + DISTRICT_TOKEN}, timeout=30)
    response.raise_for_status()
    return response.json()


def records(role):
    page = get(ROLE_PATHS[role], limit=1000)
    while page["data"]:
        for item in page["data"]:
            yield item["data"]
        page = get(ROLE_PATHS[role], limit=1000, starting_after=page["data"][-1]["data"]["id"])


def contacts_of(student_id):
    return [item["data"] for item in get("students/%s/contacts" % student_id)["data"]]


def school_students(school_id):
    return get(f"schools/{school_id}/students", limit=1000)["data"]


def section_teacher(section_id):
    return requests.get(
        f"https://api.clever.com/v2.1/sections/{section_id}/teacher",
        headers={"Authorization": "Bearer " + DISTRICT_TOKEN},
        timeout=30,
    ).json()["data"]
