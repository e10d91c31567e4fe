"""Sound files of any kind (WAV, RF64, Ogg Opus), read by libsndfile: a reader that is not ours."""

import ctypes

import numpy


class _Info(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("samplerate", ctypes.c_int), ("channels", ctypes.c_int),
                ("format", ctypes.c_int), ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


def _library():
    library = ctypes.CDLL("libsndfile.so.1")
    library.sf_open.restype = ctypes.c_void_p
    library.sf_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(_Info)]
    library.sf_strerror.restype = ctypes.c_char_p
    library.sf_strerror.argtypes = [ctypes.c_void_p]
    library.sf_readf_float.restype = ctypes.c_int64
    library.sf_readf_float.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_float), ctypes.c_int64]
    library.sf_close.argtypes = [ctypes.c_void_p]
    return library


def read(path):
    """(samples in -1..1, rate in Hz) of a mono file; what cannot be opened is a ValueError."""
    library, info = _library(), _Info()
    file = library.sf_open(str(path).encode(), 0x10, ctypes.byref(info))
    if not file:
        raise ValueError(f"{path}: {library.sf_strerror(None).decode()}")
    try:
        if info.channels != 1:
            raise ValueError(f"{path} has {info.channels} channels")
        samples = numpy.zeros(max(info.frames, 1), dtype=numpy.float32)
        count = library.sf_readf_float(file, samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), info.frames)
        return samples[:count].astype(float), info.samplerate
    finally:
        library.sf_close(file)
