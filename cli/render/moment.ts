import type { Style } from './style.ts';

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** `2026-11-23 16:04:05 (3 min ago)`, in the local time zone. Nothing for what has not happened. */
export function moment(iso: string | undefined, style: Style): string {
  return iso === undefined ? '' : `${localTime(iso, style)} (${age(iso, style)})`;
}

/** `2026-11-23 16:04:05`: Swedish writes dates as ISO 8601 does. */
export function localTime(iso: string, { zone }: Style): string {
  return new Date(iso).toLocaleString('sv-SE', { timeZone: zone });
}

/** `3 min ago`, `in 2 h`, `now`: the largest unit says enough. */
export function age(iso: string, { now }: Style): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1_000);
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${lasting(seconds)}` : `${lasting(-seconds)} ago`;
}

/** How long something takes, or took. */
export function lasting(seconds: number): string {
  const unit = UNITS.find((candidate) => seconds >= candidate.seconds) ?? UNITS[UNITS.length - 1];
  return unit === undefined ? '' : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}
