"""The command line: `sabot serve | sql | verify | demo`. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ..kernels.errors import SabotError
from ..kernels.limits import RESULT_MEMORY_MB
from .config import Config
from .observing import logs


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("sabot", description="A streaming SQL database server.")
    top.add_argument("-A", "--app", metavar="MODULE:APP", help="Python module that registers functions and scripts")
    commands = top.add_subparsers(dest="command", required=True)

    serve = commands.add_parser("serve", help="run the server until it is told to stop")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=4566, help="port; 0 takes a free one (default: %(default)s)")
    serve.add_argument("--http-port", type=_port, help="port of /metrics and /health (default: none)")
    serve.add_argument("--data-dir", type=Path, help="where state is kept (default: memory only)")
    serve.add_argument("-f", "--file", type=Path, action="append", default=[], help="SQL script run at start-up")
    serve.add_argument("--max-connections", type=int, default=1000)
    serve.add_argument("--result-memory", type=int, default=RESULT_MEMORY_MB, metavar="MB",
                       help="memory of all results that wait for their readers; more is on disk (default: %(default)s)")
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (PEM); turns TLS on")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    serve.add_argument("--tls-ca", type=Path, metavar="FILE", help="authority of client certificates (PEM)")
    serve.add_argument("--hba", type=Path, metavar="FILE",
                       help="who may connect and how, in the form of pg_hba.conf (default: trust on loopback, "
                            "scram-sha-256 elsewhere)")
    serve.add_argument("--log-format", choices=("text", "json"), default="text")
    serve.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")

    sql = commands.add_parser("sql", help="talk to a server (psql when installed)")
    sql.add_argument("--host", default="127.0.0.1")
    sql.add_argument("--port", type=_port, default=4566)
    sql.add_argument("-c", "--execute", metavar="SQL", help="run this and leave")

    verify = commands.add_parser("verify", help="check everything in a data directory whose server is stopped")
    verify.add_argument("--data-dir", type=Path, required=True)

    demo = commands.add_parser("demo", help="a server with live data and views, shown in the terminal")
    demo.add_argument("name", nargs="?", default="nexmark", choices=("nexmark", "fraud"))
    demo.add_argument("--port", type=_port, default=0)
    demo.add_argument("--seconds", type=float, help="stop after this time (default: until stopped)")
    demo.add_argument("--broker", help="host:port of a Kafka-compatible broker (fraud)")
    demo.add_argument("--rate", type=int, default=20_000, help="events per second (default: %(default)s)")
    return top


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is between 0 and 65535")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the `sabot` command."""
    options = parser().parse_args(arguments)
    try:
        match options.command:
            case "serve":
                return _serve(options)
            case "sql":
                return _sql(options)
            case "verify":
                return _verify(options.data_dir)
            case _:
                from .demo.run import run_demo

                return run_demo(options.name, options.port, options.seconds, options.broker, options.rate)
    except SabotError as e:
        print(f"sabot: {e.message}", file=sys.stderr)
        if e.hint:
            print(f"hint: {e.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def load_application(name: str) -> object:
    """The object `module:attribute` names; SabotError that says what is missing."""
    module_name, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except Exception as e:
        raise SabotError(
            f'cannot import application module "{module_name}": {type(e).__name__}: {e}', "58000",
            hint="-A takes MODULE:ATTRIBUTE, importable from the current directory.",
        ) from e
    if not attribute:
        return module
    if not hasattr(module, attribute):
        raise SabotError(f'application module "{module_name}" has no attribute "{attribute}"', "58000")
    return getattr(module, attribute)


def _serve(options: argparse.Namespace) -> int:
    logs.configure(options.log_level, options.log_format)
    if (options.tls_cert is None) != (options.tls_key is None) or (options.tls_ca and options.tls_cert is None):
        raise SabotError("--tls-cert and --tls-key belong together", "22023", hint="--tls-ca needs both of them.")
    for script in options.file:
        if not script.is_file():
            raise SabotError(f'start-up script "{script}" does not exist', "58P01")
    application = load_application(options.app) if options.app else None
    config = Config(
        host=options.host,
        port=options.port,
        http_port=options.http_port,
        data_dir=options.data_dir,
        startup_scripts=tuple(options.file),
        max_connections=options.max_connections,
        result_memory_mb=options.result_memory,
        tls_certificate=options.tls_cert,
        tls_key=options.tls_key,
        tls_authority=options.tls_ca,
        hba=options.hba,
    )
    from .server import Server

    async def body() -> int:
        return await Server(config, application).run_until_signal()

    return run_loop(body)


def _verify(directory: Path) -> int:
    """Print what is there and what is wrong with it."""
    from ..storage.rocksdb import RocksBackend
    from ..storage.verify import verify

    if not (directory / "CURRENT").exists():
        raise SabotError(f'"{directory}" is no data directory', "58P01")
    backend = RocksBackend(directory)
    try:
        report = verify(backend)
    finally:
        backend.close()
    print(
        f"{len(report.generations)} checkpoints, {report.tables} state tables, {report.blocks} blocks,"
        f" {report.rows} rows, {report.bytes} bytes; {report.log_entries} log entries; {report.catalog_records} catalog records"
    )
    for problem in report.problems:
        print(f"problem: {problem}", file=sys.stderr)
    return 1 if report.problems else 0


def run_loop(body) -> int:  # type: ignore[no-untyped-def]
    """Run a coroutine function on the event loop."""
    import uvloop

    return uvloop.run(body())


def _sql(options: argparse.Namespace) -> int:
    address = f"host={options.host} port={options.port} user=root dbname=dev"
    psql = shutil.which("psql")
    if psql:
        extra = ["-c", options.execute] if options.execute else []
        os.execv(psql, [psql, address, *extra])
    from .console import run_console

    return run_console(address, options.execute)
