"""Where a worker's time goes: samples of perf by the CPU's clock, sorted by what the code is for."""

import re
import shutil
import subprocess
import tempfile
import threading
import time

# The first that matches a symbol. What is not named here is bookkeeping: engine, counters, events, quality, clocks.
_KINDS = (
    ("codec", r"narada::mixer::codec::|opus_|celt_|silk_|g722_"),
    ("mixing", r"narada::mixer::dsp::(?!VoiceActivity|LevelEqualizer)|Room::(Sum|Mix|Decide|Share|CountVoices|Lowered)|RateChanger"),
    ("listening", r"VoiceActivity|LevelEqualizer|Room::(Listen|Choose|FadeOut)|SpeakerSelection|Leg::(Listen|FollowTalk|Measure)|dtmf::"),
    ("jitter buffer", r"narada::mixer::jitter::"),
    ("packets", r"narada::mixer::(rtp|srtp|net)::|SourceLatch|LegReceiver|LegSender|Leg::ReceiveRtp|MediaCrypto|Outbox|SocketAddress"
                r"|Room::(SendTo|PacketsFor|EncodeShared)|OutgoingStream|Worker::(SendPackets|OnDatagram)|aes|sha1"),
    ("waiting for memory", r"BringNear|BringIntoCache|Bring\w*Near"),
    ("copies", r"mem(move|cpy|set)"),
)


def kind_of(dso, symbol):
    if "kernel" in dso or symbol.startswith("[k]"):
        return "kernel"
    for kind, pattern in _KINDS:
        if re.search(pattern, symbol):
            return kind
    return "bookkeeping"


def parse(report):
    """{kind: share} from the lines `SHARE% DSO SYMBOL` of perf report."""
    shares = {}
    for line in report.splitlines():
        match = re.match(r"\s*([\d.]+)%\s+(\S+)\s+(\[.\] .*)", line)
        if match:
            kind = kind_of(match[2], match[3])
            shares[kind] = shares.get(kind, 0) + float(match[1]) / 100
    return {kind: round(share, 4) for kind, share in sorted(shares.items(), key=lambda item: -item[1])}


def measure(plan, legs):
    """Shares of the worker's time in one room of so many legs; None where perf cannot be used."""
    if shutil.which("perf") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="narada-bench-") as folder:
        def record(pid):
            time.sleep(4)  # Legs are added, the stream is warm.
            subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", f"{folder}/data", "-p", str(pid),
                            "--", "sleep", "4"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        result = plan.mixer(f"mixer under perf, {legs} legs", legs=legs, seconds=8,
                            beside=lambda pid: threading.Thread(target=record, args=(pid,)))
        report = subprocess.run(["perf", "report", "-i", f"{folder}/data", "--no-children", "-g", "none", "--sort", "dso,symbol",
                                 "-w", "30,200"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    shares = parse(report.stdout)
    if not shares:
        return None
    return {"shares": shares, "user_share_by_the_kernel": result["thread_user_share"],
            "cpu_us_per_leg_second": result["cpu_us_per_leg_second"], "legs": legs}
