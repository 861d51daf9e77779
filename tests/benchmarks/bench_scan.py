"""How long the scanner takes to prove a bundle clean, and how much memory, by the size of the district.

The figure to keep: a district of 200,000 people and a bundle of 20 MB in less than 60 seconds and 1 GB.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import time
import zipfile

from playbook.sharing.forbidden import make_forbidden
from playbook.sharing.scanner import scan_bytes

PEOPLE = (20_000, 200_000)
BUNDLE_MB = 20
TEXTS_A_PERSON = 4


def make_district(people: int) -> list[tuple[str, str]]:
    """Names both ways, an e-mail and an id for each person, all invented."""
    chance = random.Random(people)
    texts = []
    for number in range(people):
        first, last = f"First{chance.randrange(9999)}", f"Last{number}"
        texts += [
            (f"{first} {last}", "name"),
            (f"{last}, {first}", "name"),
            (f"{first}.{last}@district.example", "e-mail"),
            (f"{chance.getrandbits(96):024x}", "id"),
        ]
    return texts


def make_bundle(megabytes: int) -> bytes:
    """A zip of pages of counts and codes."""
    row = (
        "<tr><th scope='row'>several_accounts_one_user</th><td>{0:,}</td><td>Several accounts, one person.</td></tr>\n"
    )
    page = "".join(row.format(number) for number in range(10_000))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(megabytes * 1_000_000 // len(page) + 1):
            archive.writestr(f"pages/{number}.html", f"<h1>{number}</h1>{page}")
    return buffer.getvalue()


def main() -> None:
    """Print one line a size."""
    bundle = make_bundle(BUNDLE_MB)
    print(f"{'people':>9} {'texts':>9} {'seconds':>8} {'MB/s':>6} {'peak MB':>8} clean")
    for people in PEOPLE:
        forbidden = make_forbidden(make_district(people))
        started = time.perf_counter()
        found = scan_bytes("bundle.zip", bundle, forbidden)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{people:>9,} {len(forbidden):>9,} {seconds:>8.1f} {BUNDLE_MB / seconds:>6.1f} {peak:>8.0f} {found.clean}"
        )


if __name__ == "__main__":
    sys.exit(main())
