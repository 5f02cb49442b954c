// Moving between parts of a drawing with the arrow keys; only one of them is in the tab order.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function centre(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}

/** Return the one of `items` nearest to `from` in the direction (dx, dy); what lies aside counts as farther away. */
function nearest(items, from, [dx, dy]) {
  const [x, y] = centre(from);
  let best = null, least = Infinity;
  for (const item of items) {
    const [itemX, itemY] = centre(item);
    const along = (itemX - x) * dx + (itemY - y) * dy;
    const aside = Math.abs((itemX - x) * dy) + Math.abs((itemY - y) * dx);
    if (item !== from && along > 1 && along + 2 * aside < least) [best, least] = [item, along + 2 * aside];
  }
  return best;
}

function rove(container, items) {
  container.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    const from = event.target.closest("[tabindex]");
    if (!direction || !items.includes(from)) return;
    event.preventDefault();
    nearest(items, from, direction)?.focus();
  });
  container.addEventListener("focusin", (event) => {
    const to = event.target.closest("[tabindex]");
    if (items.includes(to)) items.forEach((item) => item.setAttribute("tabindex", item === to ? "0" : "-1"));
  });
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");

/** A date whose UTC fields are the wall time, `seconds` after the start. */
const wall = (epoch, seconds) => new Date(Math.round(epoch + seconds) * 1000);

function showTime(at) {
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return at.getUTCSeconds() ? `${time}:${two(at.getUTCSeconds())}` : time;
}

const showMoment = (at) =>
  `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${showTime(at)}`;

function showDuration(seconds) {
  for (const [large, small, largeSeconds, smallSeconds] of [["d", "h", 86400, 3600], ["h", "m", 3600, 60], ["m", "s", 60, 1]]) {
    const rounded = Math.round(seconds / smallSeconds), perLarge = largeSeconds / smallSeconds;
    const whole = Math.floor(rounded / perLarge), rest = rounded % perLarge;
    if (whole) return rest ? `${whole}${large} ${rest}${small}` : `${whole}${large}`;
  }
  return `${Number(seconds.toPrecision(3))}s`;
}
