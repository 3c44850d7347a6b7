"""/metrics for Prometheus and /health, over a minimal HTTP/1.1 responder on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

REQUEST_BYTES = 8_192
REQUEST_SECONDS = 10


async def serve_http(
    host: str, port: int, metrics: Callable[[], str], healthy: Callable[[], bool]
) -> asyncio.Server:
    """Listen; `metrics` gives the exposition text, `healthy` decides between 200 and 503."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head[:REQUEST_BYTES].decode("latin-1").partition(" ")
            path = rest.partition(" ")[0].partition("?")[0]
            if method != "GET":
                status, body = "405 Method Not Allowed", "only GET\n"
            elif path == "/metrics":
                status, body = "200 OK", await asyncio.get_running_loop().run_in_executor(None, metrics)
            elif path == "/health":
                status, body = ("200 OK", "ok\n") if healthy() else ("503 Service Unavailable", "engine stopped\n")
            else:
                status, body = "404 Not Found", "try /metrics or /health\n"
            data = body.encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data
            )
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=REQUEST_BYTES)
