// Times, durations and numbers as text. All times are in UTC, like those of the API.

const DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const MINUTE = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const SECOND = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const NUMBER = new Intl.NumberFormat("en-US");
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export const day = (moment) => DAY.format(moment);
export const shortDay = (moment) => SHORT_DAY.format(moment);
export const minute = (moment) => MINUTE.format(moment);
export const second = (moment) => SECOND.format(moment);
export const number = (value) => NUMBER.format(value);
export const compact = (value) => COMPACT.format(value);

/** "2 Mar 2026, 14:13:20". */
export const dateTime = (value) => `${day(value)}, ${second(value)}`;

/** A number with a noun: "1 event", "2 events". */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** A duration (milliseconds) in its largest unit: "40 min", "3 h", "12 d". */
export function duration(milliseconds) {
  const minutes = milliseconds / 60000;
  if (minutes < 1) return `${Math.round(milliseconds / 1000)} s`;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  if (minutes < 36 * 60) return `${Math.round(minutes / 60)} h`;
  const days = minutes / 1440;
  return days < 400 ? `${number(Math.round(days))} d` : `${number(Math.round(days / 36.525) / 10)} y`;
}

/** A snake-case name as words: "paid_search" is "Paid search". */
export function words(name) {
  if (name === "url") return "URL";
  const spaced = name.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** An id, or the codes of its characters such as "U+0020 U+0009" if all of them are invisible. */
export function visible(id) {
  // In addition to blanks and control characters: letters without a visible shape.
  if (id === "" || /[^\p{Z}\p{C}\u115F\u1160\u2800\u3164\uFFA0]/u.test(id)) return id;
  const signs = [...id];
  const codes = signs.slice(0, 12).map((sign) => `U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  return [...codes, ...(signs.length > 12 ? ["…"] : [])].join(" ");
}

/** The time since a moment, rounded: "3 h ago". */
export function ago(value, now = Date.now()) {
  const passed = now - value;
  if (passed < 0) return dateTime(value);
  return passed < 5000 ? "just now" : `${duration(passed)} ago`;
}
