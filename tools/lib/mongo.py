#!/usr/bin/env python3
"""mongo.py: one command to a MongoDB server, for tools/mongodserver. Python's own library only.

    mongo.py PORT DATABASE COMMAND-AS-JSON [USER PASSWORD]   prints the reply as JSON; exit code 1 unless ok
    mongo.py ports N                                         N ports of loopback that are free now
"""
import base64
import hashlib
import hmac
import json
import os
import random
import socket
import struct
import sys


def encode(document):
    """A dictionary of JSON values as BSON. Whole numbers are int32 where they fit; {"$numberLong": "1"} is an int64,
    {"$uuid": 32 hexadecimal digits} a UUID."""
    out = b""
    for name, value in document.items():
        key = name.encode() + b"\0"
        if isinstance(value, bool):
            out += b"\x08" + key + bytes([value])
        elif isinstance(value, int):
            small = -(2**31) <= value < 2**31
            out += (b"\x10" if small else b"\x12") + key + struct.pack("<i" if small else "<q", value)
        elif isinstance(value, float):
            out += b"\x01" + key + struct.pack("<d", value)
        elif isinstance(value, str):
            text = value.encode() + b"\0"
            out += b"\x02" + key + struct.pack("<i", len(text)) + text
        elif isinstance(value, bytes):
            out += b"\x05" + key + struct.pack("<ib", len(value), 0) + value
        elif isinstance(value, dict) and list(value) == ["$numberLong"]:
            out += b"\x12" + key + struct.pack("<q", int(value["$numberLong"]))
        elif isinstance(value, dict) and list(value) == ["$uuid"]:
            out += b"\x05" + key + struct.pack("<ib", 16, 4) + bytes.fromhex(value["$uuid"])
        elif isinstance(value, dict):
            out += b"\x03" + key + encode(value)
        elif isinstance(value, list):
            out += b"\x04" + key + encode({str(i): one for i, one in enumerate(value)})
        elif value is None:
            out += b"\x0a" + key
        else:
            raise TypeError(f"{name} is of a type that JSON has not")
    return struct.pack("<i", len(out) + 5) + out + b"\0"


def decode(data, at=0):
    """The document at that place, and where it ends. Types that JSON has not are printed in hex."""
    end = at + struct.unpack_from("<i", data, at)[0]
    at += 4
    out = {}
    fixed = {1: "<d", 9: "<q", 16: "<i", 17: "<Q", 18: "<q"}
    while data[at]:
        kind = data[at]
        stop = data.index(b"\0", at)
        name, at = data[at + 1 : stop].decode(), stop + 1
        if kind in fixed:
            out[name] = struct.unpack_from(fixed[kind], data, at)[0]
            at += struct.calcsize(fixed[kind])
        elif kind in (3, 4):
            inner, at = decode(data, at)
            out[name] = inner if kind == 3 else list(inner.values())
        elif kind == 8:
            out[name], at = bool(data[at]), at + 1
        elif kind in (2, 5):
            size = struct.unpack_from("<i", data, at)[0]
            start = at + (4 if kind == 2 else 5)
            raw = data[start : start + size]
            out[name], at = raw[:-1].decode() if kind == 2 else raw, start + size
        elif kind == 7:
            out[name], at = data[at : at + 12].hex(), at + 12
        elif kind in (6, 10):
            out[name] = None
        else:
            raise ValueError(f"{name} has the type {kind}, which this little reader does not know")
    return out, end


class Server:
    """A connection to a port of loopback."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)

    def run(self, database, command):
        """Sends one OP_MSG; the reply."""
        body = struct.pack("<ib", 0, 0) + encode({**command, "$db": database})
        self.socket.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        size = struct.unpack("<i", self.read(4))[0]
        return decode(self.read(size - 4), 12 + 5)[0]

    def read(self, size):
        """So many bytes."""
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise OSError("the server closed the connection")
            data += more
        return data

    def log_in(self, user, password):
        """SCRAM-SHA-256 (RFC 7677)."""
        nonce = base64.b64encode(os.urandom(18)).decode()
        first = f"n={user},r={nonce}"
        reply = self.run("admin", {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": f"n,,{first}".encode()})
        if not reply.get("ok"):
            return reply
        said = reply["payload"].decode()
        parts = dict(one.split("=", 1) for one in said.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        last = f"c=biws,r={parts['r']}"
        signature = hmac.digest(hashlib.sha256(key).digest(), f"{first},{said},{last}".encode(), "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
        carry_on = {"saslContinue": 1, "conversationId": reply["conversationId"]}
        reply = self.run("admin", {**carry_on, "payload": f"{last},p={proof}".encode()})
        while reply.get("ok") and not reply["done"]:
            reply = self.run("admin", {**carry_on, "payload": b""})
        return reply


def free_ports(count):
    """Below those that outgoing connections take."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def main(arguments):
    """Exit code 2: no answer."""
    if arguments[0] == "ports":
        print(*free_ports(int(arguments[1])), sep="\n")
        return 0
    try:
        server = Server(int(arguments[0]))
        reply = server.log_in(*arguments[3:5]) if len(arguments) > 3 else {"ok": 1}
        if reply.get("ok"):
            reply = server.run(arguments[1], json.loads(arguments[2]))
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(reply, default=lambda raw: raw.hex()))
    return 0 if reply.get("ok") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
