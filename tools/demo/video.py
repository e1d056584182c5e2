"""MP4 files of the demo world, written and read with the ffmpeg program."""

from __future__ import annotations

import json
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from .draw import frame_times, render
from .world import World

RATE = 48000  # samples of sound per second

# RGB becomes limited-range BT.601 and the file says so, so that every player converts it back in the same way.
_COLORS = ("-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-colorspace", "smpte170m",
           "-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-color_range", "tv")


def _run(arguments: list, data: bytes | None = None) -> bytes:
    command = [str(part) for part in arguments]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout


def sound_of(world: World, seconds: float) -> np.ndarray:
    """A chime for each object, when it appears and again every second: int16 [samples], mono."""
    time = np.arange(int(seconds * RATE)) / RATE
    scale = 220.0 * 2 ** (np.array((0, 3, 5, 7, 10, 12)) / 12)
    total = np.zeros_like(time)
    for index, thing in enumerate(world.things):
        pitch = scale[(world.seed + 2 * index) % len(scale)]
        for start in np.arange(thing.appears * seconds + 0.12 * index, seconds, 1.0):
            since = time - start
            ring = np.where(since >= 0, np.exp(-4 * since) * (1 - np.exp(-200 * since)), 0)
            total += ring * np.sin(2 * np.pi * pitch * since)
    return np.int16(np.clip(0.25 * total, -1, 1) * 32000)


def write_clip(path: Path, world: World, size: int = 448, frames: int = 48, fps: float = 12, sound: bool = False,
               crf: int = 29) -> None:
    """Writes `world` as H.264 (and AAC, with `sound`) to the MP4 file `path`: `frames` frames of `size` x `size` pixels."""
    if size % 2:
        raise ValueError(f"a clip's side must be even (H.264 in 4:2:0), not {size}")
    pixels = render(world, size, frame_times(frames))
    with tempfile.TemporaryDirectory() as folder:
        audio = []
        if sound:
            wav = Path(folder) / "sound.wav"
            with wave.open(str(wav), "wb") as out:
                out.setparams((1, 2, RATE, 0, "NONE", ""))
                out.writeframes(sound_of(world, frames / fps).tobytes())
            audio = ["-i", wav, "-c:a", "aac", "-b:a", "48k"]
        _run(["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size}x{size}",
              "-r", fps, "-i", "-", *audio, "-c:v", "libx264", "-preset", "medium", "-crf", crf, "-g", 24, "-threads", 1,
              *_COLORS, "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", path],
             pixels.tobytes())


def probe(path: Path, count_frames: bool = False) -> list[dict]:
    """What ffprobe says about the streams of `path`; with `count_frames` also `nb_read_frames`, by decoding all."""
    counting = ["-count_frames"] if count_frames else []
    return json.loads(_run(["ffprobe", "-v", "error", *counting, "-show_streams", "-of", "json", path]))["streams"]


def read_clip(path: Path) -> np.ndarray:
    """All frames of `path`: uint8 [frames, height, width, 3], RGB."""
    stream = next(s for s in probe(path) if s["codec_type"] == "video")
    raw = _run(["ffmpeg", "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    return np.frombuffer(raw, np.uint8).reshape(-1, int(stream["height"]), int(stream["width"]), 3)
