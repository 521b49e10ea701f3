"""Just enough of the native protocol to speak it badly: v4 envelopes over a plain socket, and v5 segments."""

import socket
import struct
import zlib

STARTUP, OPTIONS, QUERY, PREPARE, EXECUTE, BATCH, REGISTER, AUTH_RESPONSE = 1, 5, 7, 9, 10, 13, 11, 15
ERROR, READY, SUPPORTED, RESULT = 0, 2, 6, 8
SERVER_ERROR, PROTOCOL_ERROR, OVERLOADED, SYNTAX_ERROR, INVALID = 0x0000, 0x000A, 0x1001, 0x2000, 0x2200
READ_FAILURE = 0x1300
ONE = b"\0\1"


def envelope(opcode, body=b"", stream=1, version=4, flags=0, length=None):
    return struct.pack(">BBhBI", version, flags, stream, opcode, len(body) if length is None else length) + body


def long_string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack(">I", len(data)) + data


def value(data):
    return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data


def options(values=None, page_size=None):
    flags = (0x01 if values is not None else 0) | (0x04 if page_size else 0)
    body = ONE + bytes([flags])
    if values is not None:
        body += struct.pack(">H", len(values)) + b"".join(value(v) for v in values)
    return body + (struct.pack(">i", page_size) if page_size else b"")


def query(text, values=None, page_size=None):
    return long_string(text) + options(values, page_size)


def string_map(**pairs):
    body = struct.pack(">H", len(pairs))
    for key, text in pairs.items():
        body += struct.pack(">H", len(key)) + key.encode() + struct.pack(">H", len(text)) + text.encode()
    return body


def startup(**more):
    return string_map(CQL_VERSION="3.0.0", **more)


class Closed(Exception):
    """The node ended the connection."""


class Answer:
    def __init__(self, opcode, stream, body):
        self.opcode, self.stream, self.body = opcode, stream, body
        self.code = self.text = None
        if opcode == ERROR:
            self.code, size = struct.unpack_from(">IH", body)
            self.text = body[6:6 + size].decode()

    def prepared_id(self):
        size, = struct.unpack_from(">H", self.body, 4)
        return self.body[6:6 + size]

    def rows(self):
        """How many rows, and whether there are more pages."""
        flags, columns = struct.unpack_from(">II", self.body, 4)
        at = 12
        if flags & 2:
            size, = struct.unpack_from(">i", self.body, at)
            at += 4 + size
        if not flags & 4:
            for _ in range(2 if flags & 1 else 0):
                at += 2 + struct.unpack_from(">H", self.body, at)[0]
            for _ in range(columns):
                for _ in range(1 if flags & 1 else 3):
                    at += 2 + struct.unpack_from(">H", self.body, at)[0]
                at += 2
        return struct.unpack_from(">I", self.body, at)[0], bool(flags & 2)


class Client:
    def __init__(self, port, ready=True, timeout=30, **more):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.bytes = b""
        if ready:
            assert self.ask(STARTUP, startup(**more)).opcode == READY

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def take(self, count):
        parts, missing = [], count
        while missing:
            try:
                part = self.socket.recv(min(missing, 1 << 20))
            except ConnectionResetError as error:
                raise Closed from error
            if not part:
                raise Closed
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def answer(self):
        version, _, stream, opcode, length = struct.unpack(">BBhBI", self.take(9))
        return Answer(opcode, stream, self.take(length))

    def ask(self, opcode, body=b"", **more):
        self.send(envelope(opcode, body, **more))
        return self.answer()

    def run(self, text, values=None, page_size=None):
        return self.ask(QUERY, query(text, values, page_size))

    def must(self, text, values=None, page_size=None):
        answer = self.run(text, values, page_size)
        if answer.opcode != RESULT:
            raise AssertionError(f"{text[:80]}: {answer.code:#x} {answer.text}")
        return answer


# --- v5 segments ------------------------------------------------------------------------------------------------------

def crc24(data):
    crc = 0x875060
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1974F0B
    return crc


def segment(payload, self_contained=True, break_header=False, break_payload=False):
    header = (len(payload) | (self_contained << 17)).to_bytes(3, "little")
    check = crc24(header) ^ (1 if break_header else 0)
    payload_check = zlib.crc32(payload, zlib.crc32(b"\xFA\x2D\x55\xCA")) ^ (1 if break_payload else 0)
    return header + check.to_bytes(3, "little") + payload + payload_check.to_bytes(4, "little")


def lz4_zeros(count):
    """An LZ4 block that unpacks to `count` zero bytes: one literal, one match that runs on, five literals."""
    run = count - 1 - 5 - 4
    block = bytearray(b"\x1F\0\1\0")
    run -= 15
    while run >= 255:
        block.append(255)
        run -= 255
    block.append(run)
    return bytes(block) + b"\x50\0\0\0\0\0"
