import type { Instant } from '../job/instant.ts';

/** EventBridge Scheduler takes no longer ones. */
const ZONE_CHARACTERS = 50;

const ZONE = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z][A-Za-z0-9_+-]*)*$/;

const DAY_MS = 24 * 60 * 60 * 1000;
const SECOND_MS = 1000;

/** Whether it is a name of the IANA database, as it is written there. */
export function isTimeZone(name: string): boolean {
  if (name.length > ZONE_CHARACTERS || !ZONE.test(name)) return false;
  try {
    const { timeZone } = clockOf(name).resolvedOptions();
    // An alias (Asia/Calcutta) resolves to another name; the same one in other letters is misspelt.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

/** What a clock on the wall shows, as the moment at which a clock of UTC shows the same. */
export type WallTime = number;

export function wallTimeOf(instant: Instant, zone: string): WallTime {
  return instant + offsetAt(instant, zone);
}

/**
 * When a clock on the wall shows this. Null: never, since the clocks are put forward over it. Where they
 * are put back it shows it twice; the first time is meant.
 */
export function instantOfWall(wall: WallTime, zone: string): Instant | null {
  // No zone changes its clocks twice within two days.
  const offsets = [offsetAt(wall - DAY_MS, zone), offsetAt(wall + DAY_MS, zone)];
  const shown = offsets.map((offset) => wall - offset).filter((at) => wallTimeOf(at, zone) === wall);
  return shown.length === 0 ? null : Math.min(...shown);
}

function offsetAt(instant: Instant, zone: string): number {
  if (zone === 'UTC') return 0;
  const second = Math.floor(instant / SECOND_MS) * SECOND_MS;
  const parts = new Map(
    clockOf(zone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - second;
}

/** Making one costs a hundred times what asking it does. */
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for a zone that there is not. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = CLOCKS.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  CLOCKS.set(zone, clock);
  return clock;
}
