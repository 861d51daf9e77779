"""The `playbook` command: parse, call one library function, print, exit 0, 1, 2 or 3; never a raw traceback."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from playbook.command.parser import add_command, build_parser, find_handler
from playbook.command.printing import Printer
from playbook.command.stream import UNREAD, let_go
from playbook.errors import PlaybookError
from playbook.settings import Settings, read_settings

INTERRUPTED = 130


def run() -> None:
    """Run the command line; the entry point of the installed command."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # a container that ends, a terminal that closes: as Ctrl-C
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup was asked to go on
            signal.signal(number, signal.default_int_handler)
    try:
        try:
            code = main(sys.argv[1:])
        finally:
            sys.stdout.flush()  # here, and not when the interpreter ends: --help may have nobody to read it
    except BrokenPipeError:
        let_go(sys.stdout)
        code = UNREAD
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one subcommand and return its exit code.

    Args:
        argv: The words after `playbook`.
    """
    parser, commands = build_parser()
    _add_sandbox(commands)
    printer = Printer(as_json="--json" in argv)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    logging.getLogger("stamina").setLevel(logging.ERROR)  # each further try is counted in the manifest
    try:
        arguments = parser.parse_args(argv)
        code = find_handler(arguments.handler)(arguments, read_settings(), printer)
    except PlaybookError as error:
        return printer.error(error)
    except KeyboardInterrupt:
        printer.err.print("Stopped. What was committed stays; the same command goes on from there.")
        return INTERRUPTED
    except Exception as error:  # the last door: a person gets a sentence, and the type's name for the report
        return printer.error(_unforeseen(error))
    return UNREAD if printer.out.is_unread and not code else code


def _unforeseen(error: Exception) -> PlaybookError:
    """Say that a fault is ours without repeating its text, which may hold a row or a name."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "an unknown place"
    return PlaybookError(
        f"the playbook met a fault of its own ({type(error).__name__} at {where})",
        remedy="Report this line; it holds no data. The run directory is as the last finished step left it.",
        code="internal",
    )


def _add_sandbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The sandbox is known here and in no room, so that no step can come to depend on it."""
    demo = add_command(commands, "demo", "playbook.command.demo:demo", "take the demo district the whole road, offline")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where to (default outputs/demo)")
    sandbox = commands.add_parser("sandbox", help="serve a Clever-shaped API, or build the sample vendor database")
    actions = sandbox.add_subparsers(dest="action", required=True, metavar="ACTION")
    serve = add_command(
        actions, "serve", f"{__name__}:serve", "serve the Clever-shaped API on loopback; the first line is JSON"
    )
    serve.add_argument("--port", type=int, default=0, metavar="N", help="the port (default: any free one)")
    serve.add_argument("--fault", action="append", default=[], metavar="SPEC", help="misbehave on purpose; repeatable")
    serve.add_argument("--faults", action="store_true", help="list what can go wrong, and stop")
    serve.add_argument("--districts", type=int, default=1, metavar="N", help="how many districts (default 1)")
    serve.add_argument("--day", type=int, default=0, metavar="N", help="so many days later: people left, came, changed")
    serve.add_argument("--quirk", action="append", default=[], metavar="NAME", help="switch an oddity of the wire on")
    serve.add_argument("--no-quirk", action="append", default=[], metavar="NAME", help="switch one off")
    accounts = add_command(
        actions, "accounts", f"{__name__}:build_accounts", "build the sample vendor database for the sandbox's district"
    )
    accounts.add_argument("url", metavar="URL", help="a SQLAlchemy URL, such as sqlite:///accounts.sqlite")
    accounts.add_argument(
        "--layout", choices=("users", "credentials"), default="users", help="where the Clever id is kept"
    )
    accounts.add_argument("--base-url", default="", metavar="U", help="the sandbox's URL, for the district file")
    accounts.add_argument("--district-file", type=Path, metavar="D", help="write the district file for it to D")
    accounts.add_argument(
        "--source", type=Path, metavar="DIR", help="copy the application's source to DIR, for the audit"
    )
    accounts.add_argument(
        "--logins", action="store_true", help="name a login a role: env:CLEVER_TEACHER_TOKEN and so on"
    )
    for action in (serve, accounts):
        action.add_argument("--seed", type=int, default=1, metavar="N", help="which district (default 1)")
        action.add_argument("--users", type=int, default=1200, metavar="N", help="how many users (default 1200)")


def serve(arguments: argparse.Namespace, settings: Settings, printer: Printer) -> int:
    """Serve the Clever-shaped API until interrupted."""
    from playbook.sandbox import server
    from playbook.sandbox.faults import KINDS
    from playbook.sandbox.quirks import choose_quirks

    if arguments.faults:
        printer.rows("KIND[=VALUE][~PATH][@WHEN]", ("kind", "what it does"), [(k, v.help) for k, v in KINDS.items()])
        printer.document({"faults": {name: kind.help for name, kind in KINDS.items()}})
        return 0
    server.serve(
        port=arguments.port,
        seed=arguments.seed,
        users=arguments.users,
        faults=arguments.fault,
        districts=arguments.districts,
        day=arguments.day,
        quirks=choose_quirks(on=arguments.quirk, off=arguments.no_quirk),
    )
    return 0


def build_accounts(arguments: argparse.Namespace, settings: Settings, printer: Printer) -> int:
    """Build the sample vendor database, and what was asked for beside it."""
    from playbook.command.outputs import refuse_unwritable
    from playbook.sandbox import accounts
    from playbook.sandbox.source_tree import copy_source

    refuse_unwritable(arguments.district_file)
    shape = {"seed": arguments.seed, "users": arguments.users, "layout": arguments.layout}
    built = accounts.build_accounts(arguments.url, **shape)
    sources = [copy_source(arguments.source)] if arguments.source else []
    if path := arguments.district_file:
        beside = [_relative(source, path) for source in sources]
        url = "env:ACCOUNTS_DATABASE_URL" if "@" in arguments.url else arguments.url
        accounts.write_district_file(
            path, accounts_url=url, base_url=arguments.base_url, sources=beside, logins=arguments.logins, **shape
        )
    printer.rows("Built", ("table", "rows"), sorted(built.items()))
    printer.document({"tables": built, "district_file": str(arguments.district_file or "")})
    return 0


def _relative(source: Path, district_file: Path) -> Path:
    """A path as the district file writes it: from its own directory where it lies below."""
    directory = district_file.absolute().parent
    source = source.absolute()
    return source.relative_to(directory) if source.is_relative_to(directory) else source


if __name__ == "__main__":
    run()
