"""Signatures of editions: Ed25519 keys and detached signatures in OpenSSH's own formats.

Anyone checks one without this library (``ssh-keygen -Y verify``, PROTOCOL.sshsig). Who may sign for an organisation stands in
``data/allowed_signers``, in the format of ``ssh-keygen``: an organisation, then its public key.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)  # fmt: skip

NAMESPACE = "spaser-edition"  # a signature for something else is none for an edition
SIGNATURE = ".sig"  # after the name of what is signed
_MAGIC, _KIND, _HASH = b"SSHSIG", b"ssh-ed25519", b"sha512"
# Who, perhaps for which purposes, and the key; a line with other options says what is not looked at here, and allows nobody.
_LINE = re.compile(r'(\S+)\s+(?:namespaces="([^"]*)"\s+)?(ssh-ed25519\s+\S+)(?:\s.*)?')
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


class BadSignature(Exception):
    """``kind``: ``signature_missing``, ``signature_unreadable``, ``wrong_key`` or ``signature_invalid``."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def new_key(organisation: str, private: Path, allowed: Path) -> str:
    """Write a private key that only its owner can read, and add the public one to ``allowed``; returns its line.

    FileExistsError where the private key is there already: what it has signed could no longer be signed again.
    """
    key = Ed25519PrivateKey.generate()
    private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    line = f'{organisation} namespaces="{NAMESPACE}" {_public_text(key.public_key())}'
    before = allowed.read_text(encoding="utf-8") if allowed.is_file() else ""
    end = "" if before.endswith("\n") or not before else "\n"  # as an editor may have left it
    allowed.write_text(f"{before}{end}{line}\n", encoding="utf-8")
    return line


def sign(content: bytes, private: Path) -> bytes:
    """The signature of a content, as ``ssh-keygen -Y sign`` writes it; ValueError where the key is none of ours."""
    try:
        key = load_ssh_private_key(private.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{private}: no private key of spaser keys new ({error})") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{private}: not an Ed25519 key")
    public = _string(_KIND) + _string(key.public_key().public_bytes_raw())
    told = _string(_KIND) + _string(key.sign(_signed(content)))
    blob = _MAGIC + struct.pack(">I", 1) + b"".join(map(_string, (public, NAMESPACE.encode(), b"", _HASH, told)))
    return _armoured(blob)


def check(content: bytes, signature: Path, organisation: str, allowed: Path) -> str:
    """The fingerprint of the key of ``organisation`` that signed the content; BadSignature says what is wrong.

    That of the content first: what was altered is no longer signed, whoever may sign. ValueError: ``allowed`` cannot be read.
    """
    if not signature.is_file():
        raise BadSignature("signature_missing")
    public, told = _parts(signature.read_bytes())
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(told, _signed(content))
    except ValueError:
        raise BadSignature("signature_unreadable") from None
    except InvalidSignature:
        raise BadSignature("signature_invalid") from None
    if public not in {one.public_bytes_raw() for one in _allowed(organisation, allowed)}:
        raise BadSignature("wrong_key")
    return fingerprint(public)


def fingerprint(public: bytes) -> str:
    """Of a public key, as ``ssh-keygen -l`` writes it."""
    digest = hashlib.sha256(_string(_KIND) + _string(public)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _allowed(organisation: str, path: Path) -> Iterator[Ed25519PublicKey]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        told = _LINE.fullmatch(line.strip())
        names = told[1].split(",") if told else []
        if not told or organisation not in names or f"!{organisation}" in names:
            continue
        if told[2] is None or NAMESPACE in told[2].split(","):
            try:
                key = load_ssh_public_key(told[3].encode())
            except ValueError as error:
                raise ValueError(f"{path}: a key of {organisation} cannot be read ({error})") from None
            if isinstance(key, Ed25519PublicKey):
                yield key


def _parts(text: bytes) -> tuple[bytes, bytes]:
    """The public key and the raw signature of a signature file, which must be for editions."""
    try:
        lines = text.decode("ascii").strip().splitlines()
        if (lines[0], lines[-1]) != (_BEGIN, _END):
            raise ValueError("not a signature")
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
        public, namespace, reserved, hashed, told = _strings(blob[len(_MAGIC) + 4 :])
        (kind, key), (also, raw) = _strings(public), _strings(told)
        expected = (_MAGIC + struct.pack(">I", 1), NAMESPACE.encode(), b"", _HASH, _KIND, _KIND)
        told_kind = (blob[: len(_MAGIC) + 4], namespace, reserved, hashed, kind, also)
        if told_kind != expected or _armoured(blob) != text:  # a signature is written in one way only
            raise ValueError("another kind of signature")
    except (ValueError, IndexError, struct.error):
        raise BadSignature("signature_unreadable") from None
    return key, raw


def _armoured(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode()
    return "\n".join([_BEGIN, *(text[at : at + 70] for at in range(0, len(text), 70)), _END, ""]).encode()


def _signed(content: bytes) -> bytes:
    parts: Iterable[bytes] = (NAMESPACE.encode(), b"", _HASH, hashlib.sha512(content).digest())
    return _MAGIC + b"".join(map(_string, parts))


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _strings(blob: bytes) -> list[bytes]:
    found = []
    while blob:
        (length,) = struct.unpack(">I", blob[:4])
        if length > len(blob) - 4:
            raise ValueError("cut short")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found


def _public_text(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
