// The loudness of a recording over its time, computed in the browser from the sound itself.

export const WAVEFORM_SECONDS_MAX = 3600;  // Longer ones would take hundreds of megabytes to decode.
const RATE_HZ = 8000;
const COLUMNS = 300;

// The loudest sample of each of `columns` equal parts, 0-1. Pure.
export function peaksIn(samples, columns = COLUMNS) {
  const peaks = new Float32Array(columns);
  const width = samples.length / columns;
  for (let column = 0; column < columns; ++column) {
    let peak = 0;
    const end = Math.min(samples.length, Math.ceil((column + 1) * width));
    for (let at = Math.floor(column * width); at < end; ++at) peak = Math.max(peak, Math.abs(samples[at]));
    peaks[column] = peak;
  }
  return peaks;
}

export async function peaksOf(path) {
  const response = await fetch(path, {credentials: "same-origin"});
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const context = new OfflineAudioContext(1, RATE_HZ, RATE_HZ);
  const sound = await context.decodeAudioData(await response.arrayBuffer());
  return peaksIn(sound.getChannelData(0));
}

export function drawWaveform(canvas, peaks, playedShare) {
  const drawing = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const {width, height} = canvas;
  drawing.clearRect(0, 0, width, height);
  const step = width / peaks.length;
  const loudest = Math.max(0.05, ...peaks);
  for (let column = 0; column < peaks.length; ++column) {
    const tall = Math.max(2, (peaks[column] / loudest) * (height - 8));
    drawing.fillStyle = column / peaks.length < playedShare ? style.outlineColor : style.color;
    drawing.fillRect(column * step, (height - tall) / 2, Math.max(1, step - 1.5), tall);
  }
}
