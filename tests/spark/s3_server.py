"""An S3 server on loopback over plain folders, one a bucket: what S3 clients ask for when files are moved.

Files appear whole, by one rename, as objects do. It exists because a Spark beside it reads the same folder.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

KEY = "loopback"
_MOST = 1000


@dataclass
class Store:
    """The server as tests see it."""

    folder: Path
    url: str = ""
    # Operation and key of each request that wrote, read or deleted an object.
    asked: list[tuple[str, str]] = field(default_factory=list)
    # Uploads of keys with this text in them come out at half their length.
    cut_short: str | None = None

    def names(self, bucket: str = "lake") -> set[str]:
        """Keys of the objects in a bucket."""
        root = self.folder / bucket
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@contextmanager
def s3_server(folder: Path) -> Iterator[Store]:
    """Serve the folders in this one as buckets, to clients with `KEY`."""
    store = Store(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Of", (_Requests,), {"store": store}))
    store.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()


def use(store: Store, monkeypatch: pytest.MonkeyPatch, key: str = KEY) -> None:
    """Point this process, and those it starts, to the server."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "zzsecret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_HEAD(self) -> None:
        self._serve()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD

    def _serve(self) -> None:
        body = self._body()
        address = urlsplit(self.path)
        bucket, _, key = unquote(address.path).lstrip("/").partition("/")
        asked = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if f"Credential={KEY}/" not in self.headers.get("Authorization", ""):
            self._refuse(403, "InvalidAccessKeyId")
        elif not (self.store.folder / bucket).is_dir():
            self._refuse(404, "NoSuchBucket")
        elif not key:
            self._on_bucket(bucket, asked, body)
        elif "uploadId" in asked or "uploads" in asked:
            self._on_upload(bucket, key, asked, body)
        else:
            self._on_object(self.store.folder / bucket / key, key, body)

    def _on_bucket(self, bucket: str, asked: dict[str, str], body: bytes) -> None:
        if "delete" in asked:
            keys = [str(found.text) for found in ElementTree.fromstring(body).iter() if found.tag.endswith("Key")]
            for key in keys:
                self.store.asked.append(("DELETE", key))
                self._delete(self.store.folder / bucket / key)
            self._answer(200, "<DeleteResult/>")
        elif self.command == "GET":
            self._list(bucket, asked)
        else:
            self._answer(200)

    def _list(self, bucket: str, asked: dict[str, str]) -> None:
        prefix, delimiter, after = (asked.get(name, "") for name in ("prefix", "delimiter", "continuation-token"))
        found = {}
        for key in sorted(self.store.names(bucket)):
            if key.startswith(prefix):
                rest = key[len(prefix) :]
                cut = rest.find(delimiter) + 1 if delimiter else 0
                found[prefix + rest[:cut] if cut else key] = not cut
        page = [name for name in sorted(found) if name > after]
        most = min(_MOST, int(asked.get("max-keys", _MOST)))
        listed = "".join(
            self._described(bucket, name)
            if found[name]
            else f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
            for name in page[:most]
        )
        more = f"<NextContinuationToken>{escape(page[most - 1])}</NextContinuationToken>" if len(page) > most else ""
        self._answer(
            200,
            f"<ListBucketResult><KeyCount>{len(page[:most])}</KeyCount>"
            f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{listed}</ListBucketResult>",
        )

    def _described(self, bucket: str, key: str) -> str:
        said = (self.store.folder / bucket / key).stat()
        when = datetime.datetime.fromtimestamp(said.st_mtime, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        about = f"<Size>{said.st_size}</Size><LastModified>{when}</LastModified>"
        return f"<Contents><Key>{escape(key)}</Key>{about}</Contents>"

    def _on_upload(self, bucket: str, key: str, asked: dict[str, str], body: bytes) -> None:
        parts = self.store.folder / ".parts" / asked.get("uploadId", uuid.uuid4().hex)
        if "uploads" in asked:
            parts.mkdir(parents=True)
            self._answer(
                200, f"<InitiateMultipartUploadResult><UploadId>{parts.name}</UploadId></InitiateMultipartUploadResult>"
            )
        elif self.command == "PUT":
            (parts / f"{int(asked['partNumber']):05d}").write_bytes(body)
            self._answer(200, headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
        else:
            if self.command == "POST":
                whole = b"".join(part.read_bytes() for part in sorted(parts.iterdir()))
                self._put(self.store.folder / bucket / key, key, whole)
            shutil.rmtree(parts)
            self._answer(200, '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>')

    def _on_object(self, path: Path, key: str, body: bytes) -> None:
        if self.command == "PUT":
            if key.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                self._put(path, key, body)
            self._answer(200, headers={"ETag": '"x"'})
        elif self.command == "DELETE":
            self.store.asked.append(("DELETE", key))
            self._delete(path)
            self._answer(204)
        elif not path.is_file():
            self._refuse(404, "NoSuchKey")
        else:
            self._read(path, key)

    def _read(self, path: Path, key: str) -> None:
        size, part = path.stat().st_size, re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(part[1]), min(int(part[2] or size), size - 1)) if part else (0, size - 1)
        headers = {"ETag": '"x"', "Last-Modified": self.date_time_string(path.stat().st_mtime)}
        if part:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        if self.command == "HEAD":
            self._answer(200, headers=headers, length=size)
            return
        self.store.asked.append(("GET", key))
        with path.open("rb") as file:
            file.seek(first)
            self._answer(206 if part else 200, file.read(last - first + 1), headers)

    def _put(self, path: Path, key: str, body: bytes) -> None:
        self.store.asked.append(("PUT", key))
        if self.store.cut_short and self.store.cut_short in key:
            body = body[: len(body) // 2]
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving = self.store.folder / f".arriving_{uuid.uuid4().hex}"
        arriving.write_bytes(body)
        arriving.replace(path)

    @staticmethod
    def _delete(path: Path) -> None:
        """An object; the name of a folder stands for an empty object, of which there are none here."""
        if not path.is_dir():
            path.unlink(missing_ok=True)

    def _body(self) -> bytes:
        """What was sent, without the frames that HTTP and S3 may each put around its parts."""
        is_framed = self.headers.get("Transfer-Encoding") == "chunked"
        body = _unframed(self.rfile) if is_framed else self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return _unframed(BytesIO(body)) if "aws-chunked" in self.headers.get("Content-Encoding", "") else body

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>")

    def _answer(
        self, status: int, body: str | bytes = b"", headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        sent = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)


def _unframed(sent: BinaryIO) -> bytes:
    whole = b""
    while size := int(sent.readline().split(b";")[0], 16):
        whole += sent.read(size)
        sent.readline()
    while sent.readline().strip():
        """Checksums follow."""
    return whole
