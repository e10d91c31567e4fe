"""An HTTP gateway for SMS to send to, with faults."""

import http.server
import json
import ssl
import subprocess
import sys
import threading
import time


class SmsGateway:
    """
        gateway = SmsGateway()                       # or SmsGateway(certificate=(cert, key)) for HTTPS
        gateway.answer(503, headers={"Retry-After": "1"})    # from now on
        gateway.requests                             # {"path", "headers", "json"} of each
        gateway.close()
    """

    def __init__(self, certificate=None):
        self.requests = []
        self._answer = None
        self._lock = threading.Lock()
        self.answer(200)
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                gateway._serve(self)

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, status, headers=None, body=None, delay_s=0, hang_up=False):
        """How requests are answered from now on. `hang_up`: the request is read, and the connection closed."""
        with self._lock:
            self._answer = {"status": status, "headers": headers or {}, "body": body, "delay_s": delay_s,
                            "hang_up": hang_up}

    def sent_to(self, number):
        with self._lock:
            return [request for request in self.requests if request["json"]["to"] == number]

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            self.requests.append({"path": handler.path, "headers": dict(handler.headers), "json": json.loads(body)})
            answer = dict(self._answer)
            number = len(self.requests)
        time.sleep(answer["delay_s"])
        if answer["hang_up"]:
            handler.close_connection = True
            handler.connection.close()
            return
        text = answer["body"] or json.dumps({"messages": [{"id": f"http-{number}"}]})
        handler.send_response(answer["status"])
        for name, value in answer["headers"].items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that has hung up, killed or tired of waiting, is what these tests are about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def make_certificate(folder):
    """(certificate, key) of 127.0.0.1, signed by itself: as paths of PEM files in `folder`."""
    certificate, key = folder / "gateway.crt", folder / "gateway.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key
