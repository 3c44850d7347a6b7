"""A Kafka broker for tests: `broker.address`, started once per session; also a private one that can be killed."""

import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS = 60


class Broker:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        # The inner program, not its Python wrapper: it is the process to kill.
        found = importlib.util.find_spec("noida_db")
        if found is None or found.origin is None:
            pytest.skip("no broker: the package noida-db is not installed")
        program = Path(found.origin).parent / "noida-db"
        arguments = ["start", "--data-dir", str(self.folder), "--only", "kafka", "--kafka-port", str(self.port)]
        os.chmod(program, 0o755)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([str(program), *arguments], stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.kill()
        pytest.skip("no broker: " + (self.folder / "log").read_text(errors="replace")[-300:])

    def create_topic(self, name: str, partitions: int = 1) -> str:
        from confluent_kafka.admin import AdminClient, NewTopic

        admin = AdminClient({"bootstrap.servers": self.address})
        topic = NewTopic(name, partitions, 1, config={"retention.ms": "-1"})
        admin.create_topics([topic])[name].result(10)
        return name

    def add_partitions(self, name: str, total: int) -> None:
        from confluent_kafka.admin import AdminClient, NewPartitions

        admin = AdminClient({"bootstrap.servers": self.address})
        admin.create_partitions([NewPartitions(name, total)])[name].result(10)

    def stop(self) -> None:
        """SIGTERM saves its data."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("broker"))
    yield made
    made.kill()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    made = Broker(folder)
    yield made
    if made.process.poll() is None:
        made.kill()
