"""SIP requests written by hand, for what no proper phone would send."""

import socket
import uuid


def _request(method, uri, body, content_type, headers=()):
    call_id = uuid.uuid4().hex
    user_host = uri.removeprefix("sip:")
    lines = [f"{method} {uri} SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK" + call_id + ";rport",
             "Max-Forwards: 70", f"From: <sip:+48601999999@127.0.0.1>;tag={call_id[:8]}", f"To: <sip:{user_host}>",
             f"Call-ID: {call_id}", f"CSeq: 1 {method}", "Contact: <sip:+48601999999@127.0.0.1:{port}>", *headers]
    if body:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"Content-Length: {len(body)}", "", ""]
    return ("\r\n".join(lines) + body).encode()


def invite(uri, sdp, headers=()):
    return _request("INVITE", uri, sdp, "application/sdp", headers)


def options(uri):
    return _request("OPTIONS", uri, "", "")


def exchange(message, sip_port, timeout_s):
    """Sends a request over UDP; the status of the first final answer, or None when none comes. An INVITE's is ACKed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(timeout_s)
        message = message.replace(b"{port}", str(phone.getsockname()[1]).encode())
        phone.sendto(message, ("127.0.0.1", sip_port))
        try:
            while True:
                answer = phone.recv(65536).decode(errors="replace")
                status = int(answer.split(" ", 2)[1])
                if status >= 200:
                    break
        except (TimeoutError, ValueError, IndexError):
            return None
        if message.startswith(b"INVITE"):
            head = message.split(b"\r\n\r\n")[0].replace(b"INVITE", b"ACK")
            tagged = next(line for line in answer.split("\r\n") if line.lower().startswith("to:")).encode()
            kept = [tagged if line.startswith(b"To:") else line for line in head.split(b"\r\n")
                    if not line.startswith((b"Content-", b"Contact"))]
            phone.sendto(b"\r\n".join(kept) + b"\r\nContent-Length: 0\r\n\r\n", ("127.0.0.1", sip_port))
        return status
