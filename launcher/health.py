"""Asks a program of ours whether it serves (grpc.health.v1), without generated code."""

import grpc

_SERVING = b"\x08\x01"  # HealthCheckResponse {status: SERVING}
_TIMEOUT_S = 3.0


class HealthClient:
    """Asks one server.

    `tls` as in options.Tls, None for plain text. `service` is the name asked for, "" for the whole server.
    """

    def __init__(self, address, tls, service=""):
        name = service.encode()
        self._request = b"\x0a" + bytes([len(name)]) + name if name else b""  # HealthCheckRequest {service: ...}
        self._address = address
        self._credentials = None
        if tls is not None:
            self._credentials = grpc.ssl_channel_credentials(
                tls.client_ca.read_bytes(), tls.key.read_bytes(), tls.cert.read_bytes())

    def is_serving(self):
        """One question over a connection of its own: one that failed while the server started would wait before the next."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        if self._credentials is None:
            channel = grpc.insecure_channel(self._address, options)
        else:
            channel = grpc.secure_channel(self._address, self._credentials, options)
        with channel:
            try:
                return channel.unary_unary("/grpc.health.v1.Health/Check")(self._request, timeout=_TIMEOUT_S) == _SERVING
            except grpc.RpcError:
                return False
