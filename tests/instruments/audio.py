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
    """(samples in -1..1, rate in Hz) of a mono 16-bit WAV."""
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path} is not mono with 16 bits: {file.getparams()}")
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / _OVERLOAD, file.getframerate()


def resampled(samples, rate_hz):
    """The same sound at 8 kHz; what lies above 4 kHz is cut off."""
    count = int(len(samples) * RATE_HZ / rate_hz)
    spectrum = numpy.fft.rfft(samples)[:count // 2 + 1]
    return numpy.fft.irfft(spectrum, count) * count / len(samples)


def write(path, samples):
    """The inverse of read()."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(numpy.clip(numpy.round(samples * _OVERLOAD), -32768, 32767).astype("<i2").tobytes())


def tone(hertz, dbov, seconds):
    """A sine whose RMS level is `dbov`."""
    time = numpy.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return 10 ** (dbov / 20) * numpy.sqrt(2) * numpy.sin(2 * numpy.pi * hertz * time)


def level_dbov(samples):
    """RMS level."""
    power = float(numpy.mean(numpy.square(samples))) if len(samples) else 0.0
    return max(10 * numpy.log10(power), _SILENCE_DBOV) if power > 0 else _SILENCE_DBOV


def tone_level_dbov(samples, hertz):
    """RMS level of the sine of this frequency within `samples`.

    A Hann window keeps neighbours more than 4/length away from leaking in (below -90 dB after a few more bins), so a
    second of audio tells tones 50 dB apart that lie 20 Hz beside each other.
    """
    window = numpy.hanning(len(samples))
    phase = numpy.exp(-2j * numpy.pi * hertz * numpy.arange(len(samples)) / RATE_HZ)
    amplitude = 2 * abs(numpy.sum(samples * window * phase)) / numpy.sum(window)
    return max(20 * numpy.log10(amplitude / numpy.sqrt(2)), _SILENCE_DBOV) if amplitude > 0 else _SILENCE_DBOV


def onset_s(samples, threshold_dbov=-45.0):
    """When the first 20 ms louder than the threshold begin, in seconds; None if nothing is."""
    size = RATE_HZ // 50
    for start in range(0, len(samples) - size + 1, size):
        if level_dbov(samples[start:start + size]) > threshold_dbov:
            return start / RATE_HZ
    return None


def similarity(heard, pattern):
    """Normalised cross-correlation of `pattern` with every place of `heard`: 1 is the same up to its loudness."""
    count = len(pattern)
    if count > len(heard):
        return numpy.zeros(0)
    size = 1 << int(numpy.ceil(numpy.log2(len(heard) + count)))
    products = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(pattern, size)), size)
    energy = numpy.concatenate(([0.0], numpy.cumsum(numpy.square(heard))))
    energy = energy[count:] - energy[:-count]
    # Places that are all but silent resemble nothing.
    norm = numpy.sqrt(numpy.maximum(energy, count * 10 ** (-60 / 10)) * numpy.sum(numpy.square(pattern)))
    return products[:len(energy)] / norm


def transcript(heard, recordings, threshold=0.85):
    """Which of the named recordings are heard, in order: [(seconds, name)]. Where two claim one place, the liker wins."""
    found = []
    for name, pattern in recordings.items():
        pattern = _trimmed(pattern)
        likeness = similarity(heard, pattern)
        while len(likeness):
            place = int(numpy.argmax(likeness))
            if likeness[place] < threshold:
                break
            found.append((float(likeness[place]), place, len(pattern), name))
            likeness[max(0, place - len(pattern) // 2):place + len(pattern) // 2] = 0
    chosen = []
    for score, place, length, name in sorted(found, reverse=True):
        if all(place + length * 0.5 <= other or place >= other + other_length * 0.5
               for _, other, other_length, _ in chosen):
            chosen.append((score, place, length, name))
    return [(place / RATE_HZ, name) for _, place, _, name in sorted(chosen, key=lambda entry: entry[1])]


def _trimmed(samples):
    """Without the silence around it, which would resemble any other."""
    loud = numpy.flatnonzero(numpy.abs(samples) > 0.01)
    return samples[loud[0]:loud[-1] + 1] if len(loud) else samples
