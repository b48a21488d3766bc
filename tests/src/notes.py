"""A page to write on. While the file `silent` is there it answers 503 to everything."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Notes</title>
<body style="font: 16px sans-serif; margin: 24px; background: Canvas; color: CanvasText; color-scheme: light dark">
<h1>Notes</h1>
<p><label>Text <textarea id="text" rows="6" cols="40"></textarea></label></p>
<p style="height: 3000px">A long page.</p>
<script>window.born = crypto.randomUUID();</script>
</body></html>"""


class Notes(BaseHTTPRequestHandler):
    """Answers every address with the same page."""

    def do_GET(self):
        is_silent = (Path(sys.argv[2]) / "silent").exists()
        self.send_response(503 if is_silent else 200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"not now" if is_silent else PAGE)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Notes).serve_forever()
