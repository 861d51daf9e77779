"""The audit of code, traffic and dependencies, and the catalogue that it goes by."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from playbook import road
from playbook.clever.catalogue import endpoints as catalogue_endpoints
from playbook.command.outputs import refuse_unwritable
from playbook.command.printing import Printer
from playbook.command.progress import show_progress
from playbook.errors import InputError
from playbook.road.audited import Sources
from playbook.settings import Settings


def audit(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Audit what the arguments name; with --check, exit 1 while anything legacy is or may be left."""
    if not any((arguments.paths, arguments.log, arguments.har, arguments.postman, arguments.openapi)):
        raise InputError(
            "nothing to audit was named", remedy="Name a source tree, or a log with --log, --har, --postman."
        )
    written = {"csv": arguments.csv, "sarif": arguments.sarif, "patch": arguments.patch}
    written |= {"markdown": arguments.markdown, "baseline": arguments.write_baseline}
    refuse_unwritable(*written.values())
    sources = Sources(
        paths=tuple(arguments.paths),
        logs=tuple(arguments.log),
        har=tuple(arguments.har),
        postman=tuple(arguments.postman),
        openapi=tuple(arguments.openapi),
        baseline=arguments.baseline,
        include_vendored=arguments.include_vendored,
    )
    with show_progress(printer) as progress:
        audited = road.audit_sources(sources, progress=progress)
    audited.write(**written)
    printer.verdict(audited.verdict, audited.headline)
    printer.changes(audited.listing())
    printer.say(audited.left_out())
    for note in audited.notes():
        printer.say(note)
    document = {"verdict": audited.verdict, **audited.to_document()}
    if arguments.patch:
        patch = audited.patch()
        printer.say(f"{arguments.patch} {road.tell_patch(patch)} Apply it with patch -p0.")
        for left in patch.left:
            printer.say(f"  {left.path}:{left.line}  left alone: {left.reason}")
        document["patch"] = {"changed": len(patch.changed), "left": [asdict(left) for left in patch.left]}
    printer.document(document)
    return 1 if arguments.check and not audited.passes else 0


def endpoints(arguments: Namespace, settings: Settings, printer: Printer) -> int:
    """Print the catalogue: every v2 endpoint, what replaces it, what changes, what to do."""
    found = [endpoint.as_record() for endpoint in catalogue_endpoints(arguments.version)]
    printer.changes((f"{e['from']}  ->  {e['to']}", f"changes: {', '.join(e['change'])}", e["remedy"]) for e in found)
    printer.document({"endpoints": found})
    return 0
