//! Web page of an app in Python, for catalogues of stories.

/// Returns Python code that serves one page at the port in the first argument, until the program ends.
pub fn serve(title: &str, heading: &str) -> String {
    format!(
        "import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'<!doctype html><title>{title}</title><h1>{heading}</h1>'
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()"
    )
}
