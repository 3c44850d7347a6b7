"""How a server is started: one frozen value, checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..kernels.limits import RESULT_MEMORY_MB


@dataclass(frozen=True, slots=True)
class Config:
    """`data_dir` None keeps everything in memory. Port 0 takes a free one. `http_port` None: no HTTP."""

    host: str = "127.0.0.1"
    port: int = 4566
    http_port: int | None = None
    data_dir: Path | None = None
    startup_scripts: tuple[Path, ...] = ()
    application: str | None = None  # module:attribute
    max_connections: int = 1000
    result_memory_mb: int = RESULT_MEMORY_MB  # of all results that wait for their readers
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_authority: Path | None = None  # of client certificates
    hba: Path | None = None  # rules of who may connect; None: trust on loopback, passwords elsewhere
    log_format: str = "text"  # text or json
    log_level: str = "info"
