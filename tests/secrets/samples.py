"""One secret of each kind and what is nearly one, made anew: none of them opens anything.

They are put together here, so that no file of this repository has one in it for scanners to find.
"""

from __future__ import annotations

import base64
import hashlib
import string
import zlib
from typing import NamedTuple

__all__ = ["SAMPLES", "Sample", "der_key", "filler", "pem", "signed_token"]

ALPHANUMERIC = string.digits + string.ascii_uppercase + string.ascii_lowercase
_HEX = "0123456789abcdef"


class Sample(NamedTuple):
    """What holds a secret, and what does not though it looks alike.

    Attributes:
        kind: the kind's name.
        secret: a file's content.
        near: the same with what makes it a secret taken away.
        path: the file's path, where that matters.
    """

    kind: str
    secret: bytes
    near: bytes
    path: str = "opt/app/settings.txt"


def filler(length: int, alphabet: str = ALPHANUMERIC, seed: str = "") -> str:
    """Characters that look random and are always the same."""
    found = ""
    number = 0
    while len(found) < length:
        number += 1
        digest = hashlib.sha256(f"{seed}/{length}/{number}".encode()).digest()
        found += "".join(alphabet[byte % len(alphabet)] for byte in digest)
    return found[:length]


def checked(prefix: str) -> str:
    """A token as GitHub and npm make them, with its checksum."""
    body = filler(30, seed=prefix)
    rest = zlib.crc32(body.encode())
    digits = [ALPHANUMERIC[rest // 62**power % 62] for power in range(5, -1, -1)]
    return prefix + body + "".join(digits)


def der_key(length: int = 600, seed: str = "") -> bytes:
    """A DER sequence that begins as a PKCS #1 key does and is as long as it says."""
    body = b"\x02\x01\x00\x02" + filler(length - 4, seed=seed).encode()
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def pem(label: str, body: bytes, newline: str = "\n", headers: str = "") -> bytes:
    """A PEM frame (RFC 7468)."""
    text = base64.b64encode(body).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    framed = (f"-----BEGIN {label}-----", *headers.splitlines(), *lines, f"-----END {label}-----")
    return (newline.join(framed) + newline).encode()


def signed_token(header: str = '{"alg":"HS256","typ":"JWT"}', payload: str = '{"sub":"ab"}') -> str:
    """A JSON Web Token; its signature is none."""
    parts = (header.encode(), payload.encode(), filler(32).encode())
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


_URLSAFE = ALPHANUMERIC + "-_"
_PEM = pem("RSA PRIVATE KEY", der_key())
_ENCODED = base64.b64encode(_PEM).decode()
_PAIR = base64.b64encode(b"me:correct horse battery").decode()


def _line(text: str) -> bytes:
    return f"key = '{text}'\n".encode()


def _token(kind: str, prefix: str, rest: str) -> Sample:
    """A token, and the same without its last character, which makes it too short."""
    return Sample(kind, _line(prefix + rest), _line(prefix + rest[:-1]))


def _varied(kind: str, prefix: str, rest: str) -> Sample:
    """A token of no fixed length, and one of the same character again and again."""
    return Sample(kind, _line(prefix + rest), _line(prefix + "x" * len(rest)))


_ACCOUNT = b'{"type": "service_account", "private_key_id": "%b", "private_key": "%b"}'

SAMPLES = (
    _token("age-secret-key", "AGE-SECRET-KEY-1", filler(58, "02346789ACDEFGHJKLMNPQRSTUVWXYZ")),
    _varied("anthropic-api-key", "sk-ant-" + "api03-", filler(95, _URLSAFE)),
    _token("aws-access-key-id", "AK" + "IA", filler(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    Sample(
        "aws-secret-access-key",
        b"[default]\naws_secret_access_key = %b\n" % filler(40).encode(),
        b"[default]\naws_secret_access_key = %bEXAMPLEKEY\n" % filler(29).encode(),
    ),
    Sample(
        "azure-shared-access-key",
        b"Endpoint=sb://a/;SharedAccessKey=%b=" % filler(43).encode(),
        b"Endpoint=sb://a/;SharedAccessKey=%b=" % filler(42).encode(),
    ),
    Sample(
        "azure-storage-key",
        b"AccountName=a;AccountKey=%b==;" % filler(86).encode(),
        # That of the storage emulator, which everybody has.
        b"AccountName=devstoreaccount1;AccountKey="
        b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
        b"K1SZFPTOtr/KBHBeksoGMGw==;",
    ),
    _token("digitalocean-token", "dop_v1_", filler(64, _HEX)),
    _varied("docker-hub-token", "dckr_" + "pat_", filler(27, _URLSAFE)),
    Sample(
        "gcp-service-account-key",
        _ACCOUNT % (b"0" * 40, pem("PRIVATE KEY", der_key(), "\\n")),
        _ACCOUNT % (b"0" * 40, b"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"),
    ),
    # The checksum is of other characters.
    Sample(
        "github-token",
        _line(checked("gh" + "p_")),
        _line("gh" + "p_" + filler(36, seed="unchecked")),
    ),
    _varied("gitlab-token", "gl" + "pat-", filler(20, _URLSAFE)),
    _token("google-api-key", "AI" + "za", filler(35, _URLSAFE)),
    _token("google-oauth-secret", "GOC" + "SPX-", filler(28, _URLSAFE)),
    _token("hugging-face-token", "hf_", filler(34, string.ascii_letters)),
    # One that is not signed says nothing in secret.
    Sample(
        "json-web-token",
        _line(signed_token()),
        _line(signed_token('{"alg":"none","typ":"JWT"}')),
    ),
    Sample(
        "kubeconfig-client-key",
        b"users:\n- user:\n    client-key-data: %b\n" % _ENCODED.encode(),
        b"users:\n- user:\n    client-key-data: REDACTED\n",
    ),
    Sample(
        "kubeconfig-token",
        b"users:\n- user:\n    token: %b\n" % filler(32).encode(),
        b"users:\n- user:\n    tokenFile: %b\n" % filler(32).encode(),
        "root/.kube/config",
    ),
    Sample(
        "mysql-password",
        b'[client]\nuser=me\npassword = "correct horse"\n',
        b"[client]\nuser=me\npassword = ''\n",
        "root/.my.cnf",
    ),
    Sample(
        "netrc-password",
        b"machine ftp.test login me password correct-horse\n",
        b"machine ftp.test login me account correct-horse\n",
        "root/.netrc",
    ),
    Sample(
        "npm-auth",
        b"//npm.test/:_authToken=%b\n" % filler(36).encode(),
        b"//npm.test/:_authToken=${NPM_TOKEN}\n",
        "root/.npmrc",
    ),
    Sample(
        "npm-token",
        _line(checked("npm_")),
        _line("npm_" + filler(36, seed="unchecked")),
    ),
    Sample(
        "openai-api-key",
        _line("sk-" + "proj-" + filler(74, _URLSAFE) + "T3Blbk" + "FJ" + filler(74, _URLSAFE)),
        _line("sk-" + "proj-" + filler(74, _URLSAFE) + "T3Blbk" + "FK" + filler(74, _URLSAFE)),
    ),
    Sample(
        "pgpass-password",
        b"# host:port:database:user:password\ndb.test:5432:*:me:correct horse\n",
        b"# host:port:database:user:password\n",
        "root/.pgpass",
    ),
    Sample(
        "private-key",
        _PEM,
        # The frame alone, as in every TLS library.
        b"-----BEGIN RSA PRIVATE KEY-----\n\0-----END RSA PRIVATE KEY-----\n",
    ),
    _varied("pypi-token", "pypi-" + "AgEIcHlwaS5vcmc", filler(120, _URLSAFE))._replace(
        near=_line("pypi-" + "AgEIcHlwaS5vcmc" + filler(20, _URLSAFE))
    ),
    Sample(
        "pypirc-password",
        b"[pypi]\nusername = me\npassword = correct horse\n",
        b"[pypi]\nusername = me\npassword = <your password>\n",
        "home/me/.pypirc",
    ),
    Sample(
        "registry-auth",
        b'{"auths": {"registry.test": {"auth": "%b"}}}' % _PAIR.encode(),
        b'{"auths": {"registry.test": {}}, "credsStore": "desktop"}',
        "root/.docker/config.json",
    ),
    Sample(
        "secret-setting",
        b"PORT=80\nDB_PASSWORD='correct horse'\n",
        b"PORT=80\nDB_PASSWORD=${DB_PASSWORD}\nDB_PASSWORD_FILE=/run/secrets/db\n",
        "srv/app/.env",
    ),
    Sample(
        "sendgrid-api-key",
        _line("S" + "G." + filler(22, _URLSAFE) + "." + filler(43, _URLSAFE)),
        _line("S" + "G." + filler(22, _URLSAFE) + "." + filler(42, _URLSAFE)),
    ),
    _varied("slack-token", "xo" + "xb-", "123456789012-1234567890123-" + filler(24)),
    Sample(
        "slack-webhook",
        b"https://hooks.slack.com/services/T%b" % f"0ABCDEF12/B0ABCDEF34/{filler(24)}".encode(),
        b"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    ),
    _token("stripe-key", "sk_" + "live_", filler(24))._replace(
        near=_line("sk_" + "test_" + filler(24))
    ),
    _token("terraform-token", filler(14) + ".atlas" + "v1.", filler(60, _URLSAFE)),
    _token("twilio-api-key", "S" + "K", filler(32, _HEX)),
    Sample(
        "url-password",
        b"https://me:correct-horse@git.test\n",
        b"https://me@git.test\nhttps://me:${PASSWORD}@git.test\n",
        "root/.git-credentials",
    ),
    _varied("vault-token", "hv" + "s.", filler(95, _URLSAFE)),
)
