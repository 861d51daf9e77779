"""The words of the command: every subcommand, its arguments, its help; what a word does stands in its neighbours."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from playbook import __version__
from playbook.command.printing import Printer
from playbook.errors import InputError
from playbook.settings import Settings

Handler = Callable[[argparse.Namespace, Settings, Printer], int]
"""Does what a subcommand says and returns the exit code."""

ROOM = "playbook.command"

EXIT_CODES = """\
exit codes:
  0  done
  1  the answer is no: findings, differences, checks pending, no-go
  2  wrong use or bad input; nothing was written
  3  Clever or the database refused
"""


class Parser(argparse.ArgumentParser):
    """A parser that refuses in the playbook's own way, so that a script that asked for JSON gets JSON."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message, remedy=f"See {self.prog} --help.", code="usage")


def build_parser() -> tuple[argparse.ArgumentParser, Any]:
    """Return the parser of every subcommand but the sandbox's, and the group that further ones join."""
    parser = Parser(
        prog="playbook",
        description="Move an application from Clever API v2.x to v3.x, one school district at a time.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"playbook {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_audit(commands)
    _add_steps(commands)
    _add_plan_users(commands)
    _add_keeping(commands)
    _add_sharing(commands)
    return parser, commands


def add_command(commands: Any, name: str, handler: str, text: str, **options: Any) -> argparse.ArgumentParser:
    """Add one subcommand with the options that all of them share.

    Args:
        commands: The group that it joins.
        name: Its word.
        handler: `module:function`, imported only when the word is used, because some modules are slow to import.
        text: What it does, without a full stop.
        options: What argparse takes besides.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output, nothing else")
    parser.set_defaults(handler=handler)
    return parser


def find_handler(name: str) -> Handler:
    """Import what does a subcommand's work."""
    module, _, function = name.partition(":")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def _add_audit(commands: Any) -> None:
    audit = add_command(
        commands, "audit", f"{ROOM}.auditing:audit", "find what in code, traffic and dependencies still speaks v2"
    )
    audit.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a source tree or file")
    for kind, text in (
        ("log", "an access log"),
        ("har", "a HAR file"),
        ("postman", "a Postman collection"),
        ("openapi", "an OpenAPI file"),
    ):
        audit.add_argument(f"--{kind}", action="append", type=Path, default=[], metavar="F", help=f"{text}; repeatable")
    for kind, text in (
        ("csv", "findings as CSV"),
        ("sarif", "findings as SARIF 2.1.0"),
        ("patch", "a unified diff of what needs no judgment, for patch -p0,"),
        ("markdown", "a summary for a ticket"),
    ):
        audit.add_argument(f"--{kind}", type=Path, metavar="F", help=f"write {text} to F")
    audit.add_argument("--baseline", type=Path, metavar="F", help="leave out what this baseline knows")
    audit.add_argument("--write-baseline", type=Path, metavar="F", help="write what is open now as a baseline to F")
    audit.add_argument("--include-vendored", action="store_true", help="read vendored and generated files as well")
    audit.add_argument(
        "--check",
        action="store_true",
        help="exit 1 while anything legacy is left or a file could not be searched, for CI",
    )
    endpoints = add_command(
        commands, "endpoints", f"{ROOM}.auditing:endpoints", "print every v2 endpoint with what replaces it"
    )
    endpoints.add_argument("--from", dest="version", choices=("v2.0", "v2.1"), help="only this version's")


def _add_steps(commands: Any) -> None:
    for name, step, text in (
        ("fetch", "02_fetch_v3_users", "read the district's users from Clever into a snapshot on disk"),
        ("match", "03_match_accounts", "pair every account with its user; a reviewer decides in decisions.csv"),
        ("plan", "04_merge_accounts", "decide what happens to each account, as a plan named by its hash"),
        ("preview", "05_preview_permissions", "show who gains, keeps and loses what"),
        ("rehearse", "06_rehearse_cutover", "rehearse sign-in and events for every user"),
    ):
        parser = add_command(commands, name, f"{ROOM}.stepping:step", text)
        parser.set_defaults(step=step)
        _add_district(parser)
        if name == "fetch":
            parser.add_argument("--accept-loss", action="store_true", help="a mass disappearance of users is true")
    run = add_command(commands, "run", f"{ROOM}.running:run", "run the notebooks of the road for one district")
    _add_district(run)
    fleet = add_command(commands, "fleet", f"{ROOM}.running:fleet", "run the road for many districts at once")
    fleet.add_argument("districts", nargs="+", type=Path, metavar="D", help="a district file")
    fleet.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="a dask.distributed scheduler; else local workers"
    )
    fleet.add_argument("--workers", type=int, default=2, metavar="N", help="local workers (default 2)")
    for parser in (run, fleet):
        parser.add_argument("--from", dest="first", default="", metavar="NN", help="the first step, 00 to 08")
        parser.add_argument("--to", dest="last", default="", metavar="NN", help="the last step, 00 to 08")


def _add_plan_users(commands: Any) -> None:
    for name, text in (("apply", "carry a plan out"), ("undo", "take an applied plan back")):
        parser = add_command(commands, name, f"{ROOM}.stepping:apply", f"{text}; a dry run unless --execute")
        parser.set_defaults(is_undo=name == "undo")
        _add_district(parser)
        parser.add_argument(
            "--plan",
            required=True,
            metavar="HASH",
            help="the plan's SHA-256, as `playbook plan` printed it; 12 characters are enough",
        )
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--execute", action="store_true", help="really write to the accounts database")
        ways.add_argument(
            "--sql", action="store_true", help="print the statements for a database administrator and stop"
        )
    verify = add_command(
        commands, "verify", f"{ROOM}.stepping:verify", "recompute from the database whether the plan was carried out"
    )
    _add_district(verify)
    verify.add_argument("--plan", metavar="HASH", help="the plan's SHA-256 (default: the last that was applied)")
    why = add_command(commands, "why", f"{ROOM}.asking:why", "tell everything known and decided about one account")
    _add_district(why)
    why.add_argument(
        "account", metavar="ACCOUNT", help="the account's key in the accounts table, or its code in a share bundle"
    )
    why.add_argument("--names", action="store_true", help="show names and e-mails, for your own eyes only")
    watch = add_command(
        commands,
        "watch",
        f"{ROOM}.asking:watch",
        "look after cut-over for what moved: ids re-issued, people split or merged, v2 ids",
    )
    _add_district(watch)
    watch.add_argument(
        "--fallbacks", type=int, default=-1, metavar="N", help="the application's count of sign-ins by legacy id"
    )
    watch.add_argument("--accept-loss", action="store_true", help="a mass disappearance of users is true")
    approve = add_command(
        commands, "approve", f"{ROOM}.approving:approve", "approve the permission gains of a plan, as a second person"
    )
    _add_district(approve)
    approve.add_argument("--plan", required=True, metavar="HASH", help="the plan's SHA-256; 12 characters are enough")
    approve.add_argument("--by", required=True, metavar="WHO", help="who approves; not the planner")


def _add_keeping(commands: Any) -> None:
    erase = add_command(
        commands,
        "erase",
        f"{ROOM}.keeping:erase",
        "erase what is kept of the district's people, by age; a dry run unless --execute",
    )
    _add_district(erase)
    ages = erase.add_mutually_exclusive_group()
    ages.add_argument(
        "--older-than", type=int, metavar="DAYS", help="what is older (default: [privacy] retention_days)"
    )
    ages.add_argument(
        "--everything", action="store_true", help="whatever its age; applied plans can then no longer be taken back"
    )
    rekey = add_command(
        commands,
        "rekey",
        f"{ROOM}.keeping:rekey",
        "change the key that the journal is encrypted with; a dry run unless --execute",
    )
    _add_district(rekey)
    for parser, text in ((erase, "really erase"), (rekey, "really write to the accounts database")):
        parser.add_argument("--execute", action="store_true", help=text)


def _add_sharing(commands: Any) -> None:
    share = add_command(commands, "share", f"{ROOM}.sharing:share", "make the bundle that support may see")
    share.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    share.add_argument("-o", "--out", type=Path, required=True, metavar="F", help="the zip to write")
    share.add_argument("--level", choices=("masked", "counts"), default="masked", help="masked names, or counts only")
    scan = add_command(
        commands, "scan", f"{ROOM}.sharing:scan", "prove that a file holds no person and no secret of a run"
    )
    scan.add_argument("file", type=Path, metavar="FILE", help="any file: a bundle, a page, a log")
    scan.add_argument(
        "--against", type=Path, required=True, metavar="RUN", help="the run directory whose people it must not hold"
    )


def _add_district(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("district", type=Path, metavar="D", help="the district file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the run directory (default outputs/<district id>)")
