"""The fakes themselves: they run by themselves, tell what is public, and fail when told to."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from tests.fakes import FAKES


@pytest.mark.parametrize("network", FAKES)
def test_a_fake_runs_in_a_process_of_its_own(network: str) -> None:
    command = [sys.executable, "-m", "tests.fakes", "--network", network, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            with httpx.Client(base_url=told["url"], trust_env=False) as client:
                assert client.get("/_public").json() == {"posts": [], "requests": {}}
                assert client.post("/_fault", json={"fault": "lost", "times": 2}).is_success
                assert client.post("/_fault", json={"fault": None}).is_success
                assert client.post("/_reset").is_success
                assert client.get("/elsewhere").status_code == 404
        finally:
            process.terminate()
