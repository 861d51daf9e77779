"""What leaves the house: the bundle for support, and the proof that it holds nobody."""

from __future__ import annotations

from argparse import Namespace

from playbook import road
from playbook.command.outputs import refuse_unwritable
from playbook.command.printing import Printer
from playbook.road.telling import plural
from playbook.settings import Settings


def share(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Make the bundle from the shareable parts of a run directory and scan it before it is handed over."""
    refuse_unwritable(arguments.out)
    bundle = road.share(arguments.run, arguments.out, level=arguments.level, settings=settings)
    printer.say(
        f"{arguments.out}: {bundle['files']} files, {bundle['searched']:,} forbidden texts searched, none found."
    )
    printer.document(bundle)
    return 0


def scan(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Search a file, unpacked to its last layer, for everybody and every secret of a run."""
    found = road.scan_file(arguments.file, arguments.against, settings=settings)
    printer.say(
        f"clean: {found['searched']:,} forbidden texts searched, none found"
        if found["clean"]
        else f"NOT clean: {plural(len(found['hits']), 'place holds', 'places hold')} what must not leave"
    )
    for hit in found["hits"]:
        printer.say(f"  {hit['where']}: {hit['kind']}")
    printer.document(found)
    return 0 if found["clean"] else 1
