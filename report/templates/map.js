// The map: a response and a moment are chosen, and every node takes the state it had then.

{
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const map = document.getElementById("map");
  const nodes = [...map.querySelectorAll(".node")];
  const framed = [...map.querySelectorAll(".site[data-name]")];
  const edges = [...map.querySelectorAll(".edge")].map((line) => {
    const { upper, lower, least } = line.dataset;
    return { line, upper: upper.split(" "), lower: lower.split(" "), least: Number(least) };
  });
  const response = document.getElementById("map-response");
  const slider = document.getElementById("map-time");
  const moment = document.getElementById("map-moment");
  const WORDS = { backlogged: "up, catching up", absent: "not there" };
  let seconds = data.at, asked = null;

  const track = (name) => data.tracks[response.value][name] ?? [[0, "up"]];
  const stateOf = (name) => track(name).findLast(([at]) => at <= seconds)[1];
  const changes = () =>
    [...new Set(Object.values(data.tracks[response.value]).flat().map(([at]) => at))].sort((a, b) => a - b);

  function paint() {
    for (const site of framed) site.dataset.state = stateOf(site.dataset.name);
    for (const node of nodes) {
      const members = node.dataset.members?.split(" ");
      let word;
      if (members) {
        const up = members.filter((name) => stateOf(name) === "up").length;
        const there = members.filter((name) => stateOf(name) !== "absent").length;
        node.dataset.state = there === 0 ? "absent" : up === there ? "up" : up ? "partly" : "down";
        word = `${up} up`;
      } else {
        node.dataset.state = stateOf(node.dataset.name);
        word = WORDS[node.dataset.state] ?? node.dataset.state;
      }
      const text = node.querySelector(".word");
      if (text) text.textContent = word;
      node.setAttribute("aria-label", `${node.dataset.title}: ${word}; ${node.dataset.about}`);
    }
    for (const edge of edges) edge.line.dataset.state = edgeState(edge);
    slider.value = seconds;
    slider.setAttribute("aria-valuetext", when());
    describe();
  }

  function edgeState({ upper, lower, least }) {
    const [above, below] = [upper.map(stateOf), lower.map(stateOf)];
    if ([above, below].some((states) => states.every((state) => state === "absent"))) return "absent";
    const well = below.filter((state) => state === "up" || state === "backlogged").length;
    return well < least && above.some((state) => state === "down" || state === "stale") ? "broken" : "whole";
  }

  const when = () => `${showMoment(wall(data.epoch, seconds))} (${showDuration(seconds)} after the start)`;

  function describe() {
    let text = when();
    if (asked) text += ` — ${asked.getAttribute("aria-label")}`;
    moment.textContent = text;
  }

  function ask(node) {
    asked = node;
    map.classList.toggle("asked", Boolean(node));
    const names = node ? (node.dataset.members?.split(" ") ?? [node.dataset.name]) : [];
    for (const { line, upper, lower } of edges)
      line.classList.toggle("on", names.some((name) => upper.includes(name) || lower.includes(name)));
    describe();
  }

  function go(to) {
    seconds = to;
    paint();
  }

  slider.max = data.until;
  response.value = data.response;
  response.addEventListener("change", paint);
  slider.addEventListener("input", () => go(Number(slider.value)));
  document.getElementById("map-back").addEventListener("click", () => go(changes().findLast((at) => at < seconds) ?? 0));
  document.getElementById("map-on").addEventListener("click", () => go(changes().find((at) => at > seconds) ?? seconds));
  document.getElementById("map-controls").addEventListener("submit", (event) => event.preventDefault());
  for (const node of nodes) {
    node.addEventListener("mouseenter", () => ask(node));
    node.addEventListener("mouseleave", () => ask(null));
    node.addEventListener("focus", () => ask(node));
    node.addEventListener("blur", () => ask(null));
  }
  rove(map, nodes);
  document.getElementById("map-controls").hidden = false;
  paint();
}
