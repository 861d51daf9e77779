"""An application in use: it updates accounts at random until its input ends, and prints how long each update took.

Run by the benchmark in a process of its own: `python apply_writer.py DSN ACCOUNTS UPDATES_A_SECOND`.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time

import psycopg


def update_at_random(dsn: str, accounts: int, pause: float) -> list[float]:
    """Return the seconds of each update, its commit included."""
    dice = random.Random(1)
    taken = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], pause)[0]:
            started = time.perf_counter()
            connection.execute("UPDATE users SET last_login = now() WHERE id = %s", (dice.randint(1, accounts),))
            taken.append(time.perf_counter() - started)
    return taken


if __name__ == "__main__":
    print(json.dumps(update_at_random(sys.argv[1], int(sys.argv[2]), 1 / float(sys.argv[3]))))
