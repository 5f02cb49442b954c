// The lanes of services: zoom, move, and say what a bar means.

{
  const lanes = document.getElementById("lanes");
  const epoch = Number(lanes.dataset.epoch), whole = Number(lanes.dataset.until);
  const segments = [...lanes.querySelectorAll(".segment")];
  const axis = lanes.querySelector(".axis");
  const tip = document.getElementById("tip");
  const STEPS = [1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200, 7862400, 31536000];
  const LEAST = 60;
  const LETTER = 6.8;
  const untouched = axis.innerHTML;
  let from = 0, to = whole;

  const percent = (seconds) => (100 * (seconds - from)) / (to - from);

  function paint() {
    const width = axis.getBoundingClientRect().width;
    for (const segment of segments) {
      const rect = segment.querySelector("rect");
      const begins = percent(Math.max(Number(segment.dataset.begins), from));
      const ends = percent(Math.min(Number(segment.dataset.ends), to));
      segment.style.display = ends >= begins && begins < 100 && ends >= 0 ? "" : "none";
      rect.setAttribute("x", `${begins}%`);
      rect.setAttribute("width", ends - begins < 0.5 ? "3" : `${ends - begins}%`);
      for (const text of segment.querySelectorAll("text")) {
        text.setAttribute("x", `${begins}%`);
        const fits = text.textContent.length * LETTER + 12 <= ((ends - begins) * width) / 100;
        text.setAttribute("visibility", fits ? "visible" : "hidden");
      }
    }
    if (from === 0 && to === whole) axis.innerHTML = untouched;
    else drawAxis(width);
    document.getElementById("zoom-range").textContent =
      from === 0 && to === whole ? "" : `${showMoment(wall(epoch, from))} – ${showMoment(wall(epoch, to))}`;
  }

  function drawAxis(width) {
    const step = STEPS.find((each) => (to - from) / each <= Math.max(2, width / 110)) ?? STEPS.at(-1);
    const align = Math.min(step, 86400);
    const line = (attributes) => element("line", attributes);
    axis.replaceChildren(line({ x1: "0", x2: "100%", y1: "0.5", y2: "0.5" }));
    for (let at = Math.ceil((epoch + from) / align) * align - epoch; at <= to - (to - from) * 0.03; at += step) {
      const x = `${percent(at)}%`, date = wall(epoch, at);
      const midnight = date.getUTCHours() + date.getUTCMinutes() + date.getUTCSeconds() === 0;
      const text = element("text", { x, y: "19", "text-anchor": percent(at) < 3 ? "start" : "middle" });
      text.textContent = step < 86400 && !midnight ? showTime(date) : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
      axis.append(line({ x1: x, x2: x, y1: "0", y2: "6" }), text);
    }
  }

  function element(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  /** Show `length` seconds around the moment that stands at `share` of the axis, which stays where it is. */
  function zoom(length, share = 0.5) {
    const still = from + (to - from) * share;
    length = Math.min(Math.max(length, LEAST), whole);
    from = Math.min(Math.max(still - length * share, 0), whole - length);
    to = from + length;
    paint();
  }

  /** Zoom until `segment` takes a third of the axis. */
  function fill(segment) {
    const begins = Number(segment.dataset.begins), length = Number(segment.dataset.ends) - begins;
    from = begins - length;
    to = from + 3 * length;
    zoom(3 * length);
  }

  function move(by) {
    const shift = Math.min(Math.max((to - from) * by, -from), whole - to);
    from += shift;
    to += shift;
    paint();
  }

  /** Where the bar in focus begins, as a share of the axis; the middle without one. */
  function focusShare() {
    const segment = document.activeElement?.closest?.(".segment");
    const share = segment ? percent(Number(segment.dataset.begins)) / 100 : 0.5;
    return share >= 0 && share <= 1 ? share : 0.5;
  }

  function tell(segment) {
    const box = segment.querySelector("rect").getBoundingClientRect();
    tip.textContent = segment.getAttribute("aria-label");
    tip.hidden = false;
    const left = Math.min(Math.max(box.left + box.width / 2 - tip.offsetWidth / 2, 8), document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${left + window.scrollX}px`;
    tip.style.top = `${box.top + window.scrollY - tip.offsetHeight - 8}px`;
  }

  const hush = () => (tip.hidden = true);

  for (const segment of segments) {
    segment.addEventListener("mouseenter", () => tell(segment));
    segment.addEventListener("mouseleave", hush);
    segment.addEventListener("focus", () => tell(segment));
    segment.addEventListener("blur", hush);
    segment.addEventListener("dblclick", () => fill(segment));
  }
  segments[0]?.setAttribute("tabindex", "0");
  rove(lanes, segments);
  lanes.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom((to - from) / 2, focusShare());
    else if (event.key === "-") zoom((to - from) * 2, focusShare());
    else if (event.key === "0") zoom(whole);
    else if (event.key === "Enter" && event.target.closest(".segment")) fill(event.target.closest(".segment"));
    else if (event.key === "Escape") hush();
    else return;
    event.preventDefault();
  });
  lanes.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = axis.getBoundingClientRect();
    zoom((to - from) * (event.deltaY > 0 ? 1.5 : 1 / 1.5), Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
  }, { passive: false });
  const onClick = { "zoom-in": () => zoom((to - from) / 2), "zoom-out": () => zoom((to - from) * 2), "zoom-all": () => zoom(whole),
    "zoom-earlier": () => move(-0.5), "zoom-later": () => move(0.5) };
  for (const [id, action] of Object.entries(onClick)) document.getElementById(id).addEventListener("click", action);
  document.getElementById("zoom").hidden = false;
  for (const each of document.querySelectorAll(".with-script")) each.hidden = false;
}
