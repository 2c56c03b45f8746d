"""Signatures: OpenSSH's own, of an allowed key, over these very bytes, written in one way only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from spaser_analysis.publishing import signing

CONTENT = b'{"edition": 1}\n'


@pytest.fixture
def at(tmp_path: Path) -> Path:
    signing.new_key("amp", tmp_path / "key", tmp_path / "allowed")
    (tmp_path / "content.sig").write_bytes(signing.sign(CONTENT, tmp_path / "key"))
    return tmp_path


def kind(at: Path, content: bytes = CONTENT, organisation: str = "amp") -> str:
    with pytest.raises(signing.BadSignature) as told:
        signing.check(content, at / "content.sig", organisation, at / "allowed")
    return told.value.kind


def test_a_signature_of_an_allowed_key(at: Path) -> None:
    print_ = signing.check(CONTENT, at / "content.sig", "amp", at / "allowed")
    assert print_.startswith("SHA256:")
    assert (at / "key").stat().st_mode & 0o777 == 0o600
    assert signing.sign(CONTENT, at / "key") == (at / "content.sig").read_bytes()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen (openssh-client)")
def test_openssh_checks_and_writes_the_same(at: Path) -> None:
    command = ["ssh-keygen", "-Y", "verify", "-f", str(at / "allowed"), "-I", "amp", "-n", signing.NAMESPACE, "-s",
               str(at / "content.sig")]  # fmt: skip
    assert subprocess.run(command, input=CONTENT, capture_output=True, check=False).returncode == 0
    assert subprocess.run(command, input=CONTENT + b" ", capture_output=True, check=False).returncode != 0
    signed = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", str(at / "key"), "-n", signing.NAMESPACE], input=CONTENT, capture_output=True, check=True
    )  # fmt: skip
    assert signed.stdout == (at / "content.sig").read_bytes()


def test_what_is_no_signature_of_it(at: Path) -> None:
    assert kind(at, CONTENT + b" ") == "signature_invalid"
    assert kind(at, organisation="autre") == "wrong_key"
    (at / "allowed").write_text("# nobody\n")
    assert kind(at) == "wrong_key"
    (at / "content.sig").unlink()
    assert kind(at) == "signature_missing"


def test_every_flipped_bit_of_a_signature_is_found(at: Path) -> None:
    path = at / "content.sig"
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(bytes([*whole[:place], whole[place] ^ 1 << bit, *whole[place + 1 :]]))
            assert kind(at) in ("signature_unreadable", "signature_invalid", "wrong_key")


def test_a_signature_for_something_else_is_none(at: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs ssh-keygen (openssh-client)")
    command = ["ssh-keygen", "-Y", "sign", "-f", str(at / "key"), "-n", "file"]
    other = subprocess.run(command, input=CONTENT, capture_output=True, check=True).stdout
    (at / "content.sig").write_bytes(other)
    assert kind(at) == "signature_unreadable"


def test_a_key_is_never_written_over(at: Path) -> None:
    with pytest.raises(FileExistsError):
        signing.new_key("amp", at / "key", at / "allowed")
    (at / "other").write_text("no key")
    with pytest.raises(ValueError, match="no private key"):
        signing.sign(CONTENT, at / "other")


def test_a_key_is_allowed_on_a_line_of_its_own(at: Path) -> None:
    (at / "list").write_text("# who may sign")
    line = signing.new_key("amp", at / "second", at / "list")
    assert (at / "list").read_text() == f"# who may sign\n{line}\n"
