"""App of the attack suite: it tells what it was sent, and answers what it is told to.

/x?h=Name:Value&…  adds headers to the answer
/raw?b=BASE64      answers exactly these bytes, then closes the connection
/big?n=BYTES       answers so many bytes
/log               answers what every connection sent, one JSON object a line
anything else      answers the head of the request
"""
import base64
import json
import socketserver
import sys
import threading
import urllib.parse

LOG = []
LOCK = threading.Lock()


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte:
            break
        head += byte
    return head.decode("latin-1")


def read_body(stream, head):
    fields = [line.partition(":") for line in head.split("\r\n")[1:]]
    named = {name.strip().lower(): value.strip() for name, _, value in fields}
    if "chunked" in named.get("transfer-encoding", "").lower():
        body = b""
        while True:
            size = int(stream.readline().split(b";")[0] or b"0", 16)
            body += stream.read(size)
            stream.readline()
            if size == 0:
                return body
    return stream.read(int(named.get("content-length") or 0))


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = read_head(self.rfile)
        if not head:
            return
        body = read_body(self.rfile, head)
        target = head.split(" ")[1]
        path, _, query = target.partition("?")
        asked = urllib.parse.parse_qs(query)
        if path == "/raw":
            self.wfile.write(base64.urlsafe_b64decode(asked["b"][0]))
            self.connection.shutdown(1)
            return
        if path == "/big":
            count = int(asked["n"][0])
            self.answer(b"x" * count, [])
            return
        if path == "/log":
            with LOCK:
                self.answer("\n".join(LOG).encode(), [])
            return
        if "upgrade: websocket" in head.lower():
            self.wfile.write(
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            )
            while True:
                sent = self.connection.recv(4096)
                if not sent:
                    return
                self.wfile.write(sent)
        # Other data of this connection: the gateway sends one request on each.
        self.connection.settimeout(0.05)
        try:
            extra = self.connection.recv(65536).decode("latin-1")
        except OSError:
            extra = ""
        entry = {"head": head, "body": body.decode("latin-1"), "extra": extra}
        if target != "/":
            with LOCK:
                LOG.append(json.dumps(entry))
        self.answer(head.encode("latin-1"), asked.get("h", []))

    def answer(self, body, headers):
        lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Content-Type: text/plain", *headers]
        try:
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
