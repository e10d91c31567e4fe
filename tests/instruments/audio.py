"""What was heard: WAV files as arrays, levels, tones, and recordings found again within them."""

import wave

import numpy

RATE_HZ = 8000
_OVERLOAD = 32768.0  # 0 dBov is the level of a square wave at full scale (ITU-T G.100.1).
_SILENCE_DBOV = -120.0


def read(path):
    """Samples of a mono 16-bit WAV at 8 kHz, in -1..1."""
    samples, rate_hz = read_any_rate(path)
    if rate_hz != RATE_HZ:
        raise ValueError(f"{path} has {rate_hz} Hz, not {RATE_HZ}")
    return samples


def read_any_rate(path):
    """(samples in -1..1, rate in Hz) of a 16-bit WAV; of several channels, the first."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path} has not 16 bits: {file.getparams()}")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")[::file.getnchannels()]
        return samples / _OVERLOAD, file.getframerate()


def resampled(samples, rate_hz, to_hz=RATE_HZ):
    """The same sound at another rate; what that cannot carry is cut off."""
    if rate_hz == to_hz:
        return samples
    count = int(len(samples) * to_hz / rate_hz)
    spectrum = numpy.fft.rfft(samples)[:count // 2 + 1]
    return numpy.fft.irfft(spectrum, count) * count / len(samples)


def write(path, samples, rate_hz=RATE_HZ, channels=1):
    """The inverse of read(); the same sound in each channel."""
    data = numpy.clip(numpy.round(samples * _OVERLOAD), -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(numpy.repeat(data, channels).tobytes())


def tone(hertz, dbov, seconds, rate_hz=RATE_HZ):
    """A sine whose RMS level is `dbov`."""
    time = numpy.arange(int(seconds * rate_hz)) / rate_hz
    return 10 ** (dbov / 20) * numpy.sqrt(2) * numpy.sin(2 * numpy.pi * hertz * time)


def level_dbov(samples):
    """RMS level."""
    power = float(numpy.mean(numpy.square(samples))) if len(samples) else 0.0
    return max(10 * numpy.log10(power), _SILENCE_DBOV) if power > 0 else _SILENCE_DBOV


def tone_level_dbov(samples, hertz, rate_hz=RATE_HZ):
    """RMS level of the sine of this frequency within `samples`; of the loudest within 0.3 % of it, and at least 3 Hz.

    For a jitter buffer that makes up for delay plays a little faster, which moves a tone by a hertz or two. A Hann window keeps
    neighbours more than 4/length away from leaking in (below -90 dB after a few more bins), so a second of audio tells tones
    50 dB apart that lie 20 Hz beside each other.
    """
    aside = max(3.0, 0.003 * hertz)
    window = numpy.hanning(len(samples))
    size = 8 * len(samples)
    low, high = (int(round((hertz + side) * size / rate_hz)) for side in (-aside, aside))
    spectrum = numpy.abs(numpy.fft.rfft(samples * window, size))
    amplitude = 2 * spectrum[max(0, low):high + 1].max(initial=0.0) / max(numpy.sum(window), 1e-9)
    return max(20 * numpy.log10(amplitude / numpy.sqrt(2)), _SILENCE_DBOV) if amplitude > 0 else _SILENCE_DBOV


def onset_s(samples, threshold_dbov=-45.0):
    """When the first 20 ms louder than the threshold begin, in seconds; None if nothing is."""
    size = RATE_HZ // 50
    for start in range(0, len(samples) - size + 1, size):
        if level_dbov(samples[start:start + size]) > threshold_dbov:
            return start / RATE_HZ
    return None


class _Heard:
    """Audio in which many patterns are looked for."""

    _PATTERN_MAX = 30 * RATE_HZ

    def __init__(self, samples, pattern_max=_PATTERN_MAX):
        self.samples = samples
        self._size = 1 << int(numpy.ceil(numpy.log2(len(samples) + pattern_max)))
        self._spectrum = numpy.fft.rfft(samples, self._size)
        self._energy = numpy.concatenate(([0.0], numpy.cumsum(numpy.square(samples))))

    def similarity(self, pattern):
        """See similarity()."""
        count = len(pattern)
        if count > len(self.samples):
            return numpy.zeros(0)
        products = numpy.fft.irfft(self._spectrum * numpy.conj(numpy.fft.rfft(pattern, self._size)), self._size)
        energy = self._energy[count:] - self._energy[:-count]
        # Places that are all but silent resemble nothing.
        norm = numpy.sqrt(numpy.maximum(energy, count * 10 ** (-60 / 10)) * numpy.sum(numpy.square(pattern)))
        return products[:len(energy)] / norm


def similarity(heard, pattern):
    """Normalised cross-correlation of `pattern` with every place of `heard`: 1 is the same up to its loudness."""
    return _Heard(heard, len(pattern)).similarity(pattern)


def transcript(heard, recordings, threshold=0.7):
    """Which of the named recordings are heard, in order: [(seconds, name)]. Where two claim one place, the liker wins."""
    found = []
    heard = _Heard(heard, RATE_HZ)
    for name, pattern in recordings.items():
        pattern = _trimmed(pattern)
        likeness = _elastic_likeness(heard, pattern)
        half = max(1, len(pattern) // (2 * _BIN))
        while len(likeness):
            place = int(numpy.argmax(likeness))
            if likeness[place] < threshold:
                break
            found.append((float(likeness[place]), place * _BIN, len(pattern), name))
            likeness[max(0, place - half):place + half] = 0
    chosen = []
    for score, place, length, name in sorted(found, reverse=True):
        if all(place + length * 0.5 <= other or place >= other + other_length * 0.5
               for _, other, other_length, _ in chosen):
            chosen.append((score, place, length, name))
    return [(place / RATE_HZ, name) for _, place, _, name in sorted(chosen, key=lambda entry: entry[1])]


def likeness(heard, pattern):
    """How much `pattern` is heard at the place where it is heard best: 1 is the same, speech of another kind about 0.4."""
    values = _elastic_likeness(_Heard(heard, RATE_HZ), _trimmed(pattern))
    return float(values.max()) if len(values) else 0.0


_BIN = 40  # Places are told to 5 ms.
_SHIFT_MAX = 12  # In bins: a mixer or phone that the machine left no time may have slipped by some ticks of 20 ms.


def _elastic_likeness(heard, pattern):
    """How much `pattern` is heard at each place, in steps of _BIN: its pieces one after the other, each a little shifted or not."""
    piece = int(RATE_HZ * (0.15 if len(pattern) < 2 * RATE_HZ else 0.8))
    count = (len(heard.samples) - len(pattern)) // _BIN
    if count <= 0:
        return numpy.zeros(0)
    total, weights = numpy.zeros(count), 0.0
    for start in range(0, len(pattern) - piece // 2, piece):
        part = pattern[start:start + piece]
        weight = float(numpy.sqrt(numpy.sum(numpy.square(part))))
        if weight < 0.05:  # A pause resembles any other.
            continue
        likeness = heard.similarity(part)
        binned = likeness[:len(likeness) // _BIN * _BIN].reshape(-1, _BIN).max(axis=1)
        padded = numpy.concatenate((numpy.zeros(_SHIFT_MAX), binned, numpy.zeros(_SHIFT_MAX + count)))
        shifted = numpy.max([padded[shift:shift + len(binned)] for shift in range(2 * _SHIFT_MAX + 1)], axis=0)
        at = start // _BIN
        here = shifted[at:at + count]
        total[:len(here)] += weight * here
        weights += weight
    return total / weights if weights else total


def _trimmed(samples):
    """Without the silence around it, which would resemble any other."""
    loud = numpy.flatnonzero(numpy.abs(samples) > 0.01)
    return samples[loud[0]:loud[-1] + 1] if len(loud) else samples
