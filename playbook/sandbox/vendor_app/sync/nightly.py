"""Copy the district's roster into our database, every night."""

import logging

import psycopg2

import clever_api

log = logging.getLogger("sync")

UPSERT = """
INSERT INTO users (clever_id, kind, name, email, sis_id) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (clever_id) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email
"""


def row(role, record):
    name = record["name"]
    full = name if role == "contact" else "{} {}".format(name["first"], name["last"])
    return record["id"], role, full, record.get("email"), record.get("sis_id")


def guardians(record):
    for contact in clever_api.contacts_of(record["id"]):
        yield contact["id"], contact["relationship"], contact["phone"]


def run(connection):
    with connection.cursor() as cursor:
        for role in ("student", "teacher", "school_admin", "contact"):
            for record in clever_api.records(role):
                cursor.execute(UPSERT, row(role, record))
            log.info("synced %s", role)
    connection.commit()


if __name__ == "__main__":
    run(psycopg2.connect("dbname=lernwerk"))
