// Numbers, times and names as people read them. Pure.

// Seconds of a protobuf Duration such as "3.5s"; 0 for nothing.
export function seconds(duration) {
  return duration ? Number.parseFloat(duration) : 0;
}

// "3:07", "1:02:45".
export function clock(totalSeconds) {
  const whole = Math.max(0, Math.floor(totalSeconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// "+48 608 608 608". What is not E.164 (masked, withheld) stays as it is.
export function phoneNumber(number) {
  if (!/^\+\d{7,15}$/.test(number ?? "")) return number ?? "";
  const country = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/.exec(number)[0];
  return `${country} ${number.slice(country.length).replace(/(\d{3})(?=\d)/g, "$1 ")}`;
}

// "+48 *** *** 608": enough to tell people apart while somebody looks over one's shoulder.
export function masked(number) {
  return phoneNumber(number).replace(/\d(?=(?:\D*\d){3})/g, (digit, at) => (at < 3 ? digit : "*"));
}

// What somebody types as a number, in E.164 where that is clear; null where it is not.
export function toE164(text, countryCode = "48", nationalDigits = 9) {
  const digits = text.replace(/[\s\-().]/g, "");
  if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
  if (/^00[1-9]\d{6,14}$/.test(digits)) return `+${digits.slice(2)}`;
  if (/^[1-9]\d*$/.test(digits) && digits.length === nationalDigits) return `+${countryCode}${digits}`;
  return null;
}

// The numbers of a text, one a line or separated by commas, each once; and what is none.
export function readNumbers(text) {
  const numbers = [], wrong = [];
  for (const entry of text.split(/[\n,;]+/).map((part) => part.trim()).filter(Boolean)) {
    const e164 = toE164(entry);
    if (!e164) wrong.push(entry);
    else if (!numbers.includes(e164)) numbers.push(e164);
  }
  return {numbers, wrong};
}

// One or two letters for the circle beside a name.
export function initials(name) {
  const words = (name ?? "").split(/[\s._-]+/u).filter((word) => /^\p{L}/u.test(word));
  return words.slice(0, 2).map((word) => [...word][0]).join("").toLocaleUpperCase();
}

// How good a call sounds, as 0 to 4 bars; null while nothing is known.
export function qualityBars(quality) {
  const mos = quality?.mos ?? 0;
  if (mos <= 0) return null;
  if (mos >= 4) return 4;
  if (mos >= 3.6) return 3;
  if (mos >= 3.1) return 2;
  return mos >= 2.6 ? 1 : 0;
}

export function percent(ratio) {
  const value = (ratio ?? 0) * 100;
  return value === 0 || value >= 10 ? `${Math.round(value)} %` : `${value.toFixed(1)} %`;
}

export function bytes(count) {
  const number = Number(count ?? 0);
  if (number < 1000) return `${number} B`;
  if (number < 1e6) return `${(number / 1e3).toFixed(0)} kB`;
  return number < 1e9 ? `${(number / 1e6).toFixed(1)} MB` : `${(number / 1e9).toFixed(2)} GB`;
}

export function moment(timestamp, locale, options = {dateStyle: "medium", timeStyle: "short"}) {
  return timestamp ? new Intl.DateTimeFormat(locale, options).format(new Date(timestamp)) : "";
}
