"""Asks a program of ours whether it serves (grpc.health.v1), without generated code."""

import grpc

_SERVING = b"\x08\x01"  # HealthCheckResponse {status: SERVING}


class HealthClient:
    """Asks one server again and again; keeps its channel.

    `tls` as in options.Tls, None for plain text. `service` is the name asked for, "" for the whole server.
    """

    def __init__(self, address, tls, service=""):
        name = service.encode()
        self._request = b"\x0a" + bytes([len(name)]) + name if name else b""  # HealthCheckRequest {service: ...}
        options = [("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 200),
                   ("grpc.initial_reconnect_backoff_ms", 100),
                   ("grpc.min_reconnect_backoff_ms", 5000)]  # Also how long a TLS handshake may take.
        if tls is None:
            self._channel = grpc.insecure_channel(address, options)
        else:
            credentials = grpc.ssl_channel_credentials(
                tls.client_ca.read_bytes(), tls.key.read_bytes(), tls.cert.read_bytes())
            self._channel = grpc.secure_channel(address, credentials, options)
        self._check = self._channel.unary_unary("/grpc.health.v1.Health/Check")

    def is_serving(self):
        """One question, answered within a second or taken as no."""
        try:
            return self._check(self._request, timeout=1.0) == _SERVING
        except grpc.RpcError:
            return False

    def close(self):
        self._channel.close()
