// SPDX-License-Identifier: Apache-2.0
// What pages are made of: elements, numbers in words, charts and tables. It makes nothing by itself.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);

// --- Elements ---------------------------------------------------------------------------------

/** An element. Children are elements or text, never HTML; null is none. */
function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of a drawing. */
function svg(name, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined));
  return node;
}

/** A section of the page, at its end, and named in its table of contents. */
function section(id, title, ...children) {
  const made = element("section", { id, "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), children);
  document.getElementById("page").append(made);
  document.getElementById("contents")?.append(element("li", {}, element("a", { href: `#${id}` }, title)));
  return made;
}

let figures = 0;
let tables = 0;

/** A figure with its number and what it shows. Its property svg draws it for a file. */
function figure(parent, title, text, ...children) {
  const number = ++figures;
  const name = `${slug(data.name ?? document.title)}-figure-${number}-${slug(title)}.svg`;
  const made = element("figure", {}, children, element("figcaption", {}, element("b", {}, `Figure ${number}. ${title}. `), text, " ",
    element("button", { type: "button", class: "download", title: `Download ${name}`, onclick: () => save(name, "image/svg+xml", named(made.svg(), title)) }, "Download SVG")));
  parent.append(made);
  return made;
}

const slug = text => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/** A drawing with a title, which viewers and screen readers show. */
const named = (drawing, title) => drawing.replace(/^<svg[^>]*>/, start => `${start}<title>${escaped(title)}</title>`);

/** Terms and what they are; those without anything are left out. */
function listing(kind, entries) {
  return element("dl", { class: kind }, entries.filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => element("div", { style: kind === "listing" ? "display: contents" : null }, element("dt", {}, name), element("dd", {}, value))));
}

let choices = 0;

/** One of several, of which the first is chosen: beside each other if they are few. */
function choice(label, options, change) {
  if (options.length > 5) {
    return element("label", {}, `${label} `,
      element("select", { onchange: event => change(options[event.target.selectedIndex]) }, options.map(option => element("option", {}, option))));
  }
  const name = `choice-${++choices}`;
  return element("fieldset", { class: "choice", "aria-label": label }, options.map((option, i) => {
    const input = element("input", { type: "radio", name, onchange: () => change(option) });
    input.checked = i === 0;
    return element("label", {}, input, option);
  }));
}

/** A button that saves text as a file. */
function download(name, text) {
  return element("button", { type: "button", class: "download", onclick: () => save(name, "text/csv", text) }, `Download ${name}`);
}

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// --- Numbers ----------------------------------------------------------------------------------

const isNumber = x => typeof x === "number";

/** With a minus sign that is as wide as a plus. */
const signed = text => text.replace(/^-/, "−");

/** A number to some digits after the point. */
const fixed = (x, digits) => isNumber(x) ? signed(x.toFixed(digits)) : "–";

/** A number to some digits in all, without zeros at its end; large ones in full. */
const digits = (x, some = 3) => !isNumber(x) ? "–" : Math.abs(x) >= 10 ** some && Math.abs(x) < 1e15
  ? signed(Math.round(x).toLocaleString("en-US")) : signed(String(Number(x.toPrecision(some))));

/** A fraction in percent. */
const percent = (fraction, some = 3) => isNumber(fraction) ? `${digits(100 * fraction, some)} %` : "–";

/** A large number with a unit's prefix. */
function si(x) {
  if (!isNumber(x)) return "–";
  const step = x < 1000 ? 0 : Math.min(6, Math.floor(Math.log10(x) / 3 + 1e-9));
  return step === 0 ? digits(x) : `${(x / 1000 ** step).toPrecision(3)} ${" kMGTPE"[step]}`;
}

/** Seconds as one would say them. */
function duration(seconds) {
  if (!isNumber(seconds)) return "–";
  return seconds < 100 ? `${seconds.toPrecision(seconds < 1 ? 1 : 3)} s` : seconds < 6000 ? `${(seconds / 60).toPrecision(3)} min` : `${(seconds / 3600).toPrecision(3)} h`;
}

/** An estimate, [n, mean, half of its interval], as mean ± half. */
function estimate(of, unit = 1, some = 2) {
  if (!of || of[0] === 0 || !isNumber(of[1])) return "–";
  return fixed(unit * of[1], some) + (isNumber(of[2]) ? ` ± ${fixed(unit * of[2], some)}` : "");
}

// --- The metric -------------------------------------------------------------------------------

/** How to write values of a metric: fractions in percent with two decimals, others with four digits. */
function metricOf({ name, unit, lower }) {
  const isPercent = unit === "%";
  const factor = isPercent ? 100 : 1;
  const decimals = (...values) => {
    const largest = Math.max(...values.filter(isNumber).map(Math.abs));
    return isPercent ? 2 : largest > 0 ? Math.max(0, Math.min(9, 3 - Math.floor(Math.log10(largest)))) : 3;
  };
  const after = unit === "" || name.split(" ").includes(unit) ? "" : ` ${unit}`;
  return {
    name, lower, factor,
    in: unit === "" ? "" : isPercent ? " in percent" : ` in ${unit}`,
    differences: isPercent ? "in percentage points" : unit === "" ? "in its unit" : `in ${unit}`,
    column: isPercent ? "test %" : "test",
    /** The axis of values that were multiplied by the factor. */
    axis: (title = `test ${name}`) => ({ name: `${title}${unit === "" ? "" : ` (${unit})`}`, text: y => isPercent ? `${fixed(y, 2)} %` : `${digits(y, 4)}${after}`, tick: y => digits(y, 3), most: isPercent ? 100 : undefined }),
    value: x => `${fixed(factor * x, decimals(x))}${isPercent ? " %" : after}`,
    estimate: of => estimate(of, factor, of ? decimals(of[1], of[2]) : 2),
    decimals,
  };
}

// --- Charts -----------------------------------------------------------------------------------

/** The colours of the style sheet as they are now. */
const theme = () => ({ ...palette(getComputedStyle(document.documentElement)), font: getComputedStyle(document.body).fontFamily });

/** The colours for files: those of the first rule of the style sheet, on white. */
const lightTheme = () => ({ ...palette(document.styleSheets[0].cssRules[0].style), paper: "#ffffff", font: FILE_FONTS });

function palette(style) {
  const of = name => style.getPropertyValue(`--${name}`).trim();
  const several = (name, from, to) => Array.from({ length: to - from + 1 }, (_, i) => of(`${name}-${from + i}`));
  return { paper: of("paper"), raised: of("raised"), ink: of("ink"), quiet: of("quiet"), rule: of("rule"), below: of("below"), above: of("above"),
    series: several("series", 1, 8), scale: several("scale", 0, 4), order: several("order", 1, 6) };
}

/** The colour at a place between 0 and 1 on a row of colours. */
function between(colours, place) {
  const at = Math.max(0, Math.min(1, place)) * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(at));
  const parts = [colours[i], colours[i + 1]].map(colour => [1, 3, 5].map(k => parseInt(colour.slice(k, k + 2), 16)));
  return `#${parts[0].map((from, k) => Math.round(from + (at - i) * (parts[1][k] - from)).toString(16).padStart(2, "0")).join("")}`;
}

/** The fonts of files, which are the same everywhere. */
const FILE_FONTS = "Helvetica, Arial, sans-serif";

const pen = document.createElement("canvas").getContext("2d");

/** The width of text in pixels. */
function textWidth(text, size, family = getComputedStyle(document.body).fontFamily) {
  pen.font = `${size}px ${family}`;
  return pen.measureText(text).width;
}

const redraws = [];

/** Draws now, and again in other colours when they change. */
function drawn(draw) {
  redraws.push(draw);
  draw();
}

const redraw = () => redraws.forEach(draw => draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
matchMedia("print").addEventListener("change", redraw);

/**
 * A chart in an element that is on the page.
 *
 * @param label what it shows, in words
 * @param option makes what ECharts draws, of the colours, the width in pixels, and whether the
 *     drawing stands alone in a file, without the page's legend
 * @return draws it again, with another label
 */
function chart(holder, label, option) {
  const drawing = echarts.init(holder, null, { renderer: "svg" });
  holder.setAttribute("role", "img");
  const all = (colours, width, alone) => ({ animation: false, textStyle: { fontFamily: colours.font, color: colours.ink }, ...option(colours, width, alone) });
  const draw = () => {
    drawing.setOption(all(theme(), holder.clientWidth, false), true);
    holder.setAttribute("aria-label", label());
  };
  holder.closest("figure").svg = () => {
    const width = 760;
    const options = all(lightTheme(), width, true);
    const file = echarts.init(null, null, { renderer: "svg", ssr: true, width, height: Math.max(400, holder.clientHeight) + (options.legend?.height ?? 0) });
    file.setOption({ backgroundColor: "#ffffff", ...options });
    const text = file.renderToSVGString();
    file.dispose();
    return text;
  };
  drawn(draw);
  let width = holder.clientWidth;
  new ResizeObserver(() => {
    if (holder.clientWidth !== width && holder.clientWidth > 0) {
      width = holder.clientWidth;
      drawing.resize();
      draw();
    }
  }).observe(holder);
  // Paper is narrower than most screens, and no observer hears of it in time.
  addEventListener("beforeprint", () => drawing.resize({ width: Math.min(holder.clientWidth, 660) }));
  addEventListener("afterprint", () => drawing.resize({ width: "auto" }));
  return draw;
}

function axis(colours, more) {
  return {
    axisLine: { show: true, lineStyle: { color: colours.quiet } },
    axisTick: { lineStyle: { color: colours.quiet } },
    axisLabel: { color: colours.quiet, fontSize: 12, hideOverlap: true },
    nameTextStyle: { color: colours.ink, fontSize: 12.5 },
    splitLine: { lineStyle: { color: colours.rule } },
    ...more,
  };
}

function tooltip(colours, more) {
  return {
    confine: true, transitionDuration: 0, backgroundColor: colours.raised, borderColor: colours.rule, padding: [6, 10],
    textStyle: { color: colours.ink, fontSize: 12.5 }, extraCssText: "box-shadow: none;", ...more,
  };
}

/** Text for a tooltip, which is HTML. */
const escaped = text => String(text).replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);

const MARKERS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"];
const OUTLINES = { circle: "M4,0A4,4 0 1 1 -4,0A4,4 0 1 1 4,0", rect: "M-3.5,-3.5h7v7h-7z", triangle: "M0,-4.5L4.5,4H-4.5z", diamond: "M0,-5L4.5,0L0,5L-4.5,0z" };

/** The line and the marker of a series, small. */
function swatch(marker, dashed) {
  const line = svg("line", { x1: 0, x2: 26, y1: 7, y2: 7, "stroke-width": 2, "stroke-dasharray": dashed ? "4 3" : null });
  const kind = marker.replace("empty", "").toLowerCase();
  const mark = svg("path", { d: OUTLINES[kind], transform: "translate(13 7)", "stroke-width": 1.6 });
  return { node: svg("svg", { width: 26, height: 14, "aria-hidden": "true" }, line, mark), colour(colour, paper) {
    line.setAttribute("stroke", colour);
    mark.setAttribute("stroke", colour);
    mark.setAttribute("fill", marker.startsWith("empty") ? paper : colour);
  } };
}

/**
 * Axes along x. Densities, the dense network at the left, are on a logarithmic scale with ticks at
 * those of the points; rounds are whole; what is counted begins with nothing; a cost is on a
 * logarithmic scale; names stand next to each other, and the numbers at their ends to scale.
 */
const along = {
  density: { name: "weights kept (%)", place: density => -Math.log2(density), text: at => percent(2 ** -at), tick: at => digits(100 * 2 ** -at), begin: x => x, ticks: places => places },
  round: { name: "round", place: x => x, text: at => `round ${digits(at)}`, tick: at => digits(at), whole: true },
  counted: (name, text = x => digits(x, 4)) => ({ name, place: x => x, text, tick: at => text(at).replace(/\.0+(?= )/, ""), begin: () => 0 }),
  seconds: name => ({ ...along.counted(name, duration), ticks: (_, first, last) => {
    const unit = last < 100 ? 1 : last < 6000 ? 60 : 3600;
    return multiples(0, last / unit, 6).map(x => x * unit);
  }, tick: at => duration(at).replace(/\.?0+(?= )/, "") }),
  cost: (name, text) => ({ name, place: Math.log10, text: at => text(10 ** at), tick: at => text(10 ** at).replace(/\.?0+(?=( |$))/, ""), ticks: (_, first, last) => roundCosts(10 ** first, 10 ** last).map(Math.log10) }),
  names: names => ({ name: "", names, place: x => x, text: at => names[at] }),
  scale: ({ name, numbers }) => ({ name: name || "variant", place: x => numbers[x], text: at => name ? `${name} = ${digits(at, 9)}` : digits(at, 9), tick: at => digits(at, 9), ticks: places => places }),
};

/** Round numbers between two, about some. */
function multiples(first, last, some) {
  const power = 10 ** Math.floor(Math.log10((last - first) / some));
  const step = power * [1, 2, 5, 10].find(times => some * times * power >= last - first);
  const from = Math.ceil(first / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(last / step + 1e-9) - from + 1) }, (_, i) => Number(((from + i) * step).toPrecision(12)));
}

/** Round numbers for a logarithmic axis. */
function roundCosts(first, last) {
  const powers = Array.from({ length: Math.ceil(Math.log10(last)) - Math.floor(Math.log10(first)) + 1 }, (_, i) => Math.floor(Math.log10(first)) + i);
  const of = digits => powers.flatMap(power => digits.map(digit => Number(`${digit}e${power}`))).filter(x => x >= first && x <= last);
  return [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]].map(of).find(ticks => ticks.length > 3) ?? multiples(first, last, 5);
}

/** Those of the ticks whose labels do not overlap, the outer ones among them. */
function apart(ticks, label, pixel) {
  const sorted = [...new Set(ticks)].sort((a, b) => a - b);
  const room = tick => textWidth(label(tick), 12) / 2 + 5;
  const kept = [];
  const last = sorted[sorted.length - 1];
  for (const tick of sorted) {
    const free = other => other === undefined || other === tick || Math.abs(pixel(tick) - pixel(other)) >= room(tick) + room(other);
    if (free(kept[kept.length - 1]) && free(last)) kept.push(tick);
  }
  return kept;
}

/** Ticks at chosen places, which ECharts' own axes do not have. */
function tickMarks(colours, ticks, label) {
  return {
    type: "custom", silent: true, clip: false, z: 1, tooltip: { show: false }, data: ticks.map(at => [at]), encode: { x: 0 },
    renderItem: ({ coordSys }, api) => {
      const [x] = api.coord([api.value(0), 0]);
      const y = coordSys.y + coordSys.height;
      return { type: "group", children: [
        { type: "line", shape: { x1: x, y1: y, x2: x, y2: y + 5 }, style: { stroke: colours.quiet, lineWidth: 1 } },
        { type: "text", style: { x, y: y + 9, fontFamily: colours.font, text: label(api.value(0)), align: "center", verticalAlign: "top", fill: colours.quiet, fontSize: 12 } }] };
    },
  };
}

/**
 * Lines of points with 95 % intervals, and a legend that switches them. Values far from all others
 * do not stretch the axis: they are marked at its edge, named, and shown on request.
 *
 * @param x one of {@link along}
 * @param y {name, text, most}: the name of the axis, how to write a number, and how large it can be
 * @param series [{name, colour, marker, dashed, hidden, dense, points: [{x, y, half, note}]}]; the
 *     colour is a place in the colours of series, or {order} from 0, dense, to 1; dense is the y of
 *     the dense network, a line across the figure
 * @return shows other series in their place
 */
function lines(parent, { label, x, y, series, zero = false }) {
  const keys = element("div", { class: "legend", role: "group", "aria-label": "Lines shown" });
  const holder = element("div", { class: "chart" });
  const note = element("p", { class: "outside" });
  parent.prepend(keys, element("div", { class: "axis" }, y.name), holder, note);
  let all = [];
  let swatches = [];
  let whole = false;
  const colourOf = (one, colours) => isNumber(one.colour) ? colours.series[one.colour % colours.series.length] : between(colours.order, one.colour.order);
  const shownPoints = () => all.filter(one => one.shown).flatMap(one => one.points.map(point => ({ ...point, of: one })));

  function show(next) {
    all = next.map((one, i) => ({ marker: MARKERS[i % MARKERS.length], shown: !one.hidden, ...one,
      points: one.points.filter(point => isNumber(point.y)).map(point => ({ ...point, at: x.place(point.x) })).filter(point => Number.isFinite(point.at)) }))
      .filter(one => one.points.length > 0);
    swatches = all.map(one => swatch(one.marker, one.dashed));
    const items = all.map((one, i) => element("li", {}, element("button", { type: "button", "aria-pressed": String(one.shown), onclick: event => {
      one.shown = !one.shown;
      event.currentTarget.setAttribute("aria-pressed", String(one.shown));
      draw();
      tell();
    } }, swatches[i].node, one.name)));
    const rest = items.filter((_, i) => !all[i].shown);
    keys.replaceChildren(element("ul", {}, items.filter((_, i) => all[i].shown)),
      ...(rest.length > 0 ? [element("details", {}, element("summary", {}, `${rest.length} more`), element("ul", {}, rest))] : []));
    keys.hidden = all.length < 2;
  }

  /** The values that the axis leaves out; none on request. */
  function outside() {
    const points = shownPoints();
    const [low, high] = fences([...points.map(point => point.y), ...denses().map(dense => dense.y)], zero);
    return points.filter(point => point.y < low || point.y > high);
  }

  /** Names what the axis leaves out. */
  function tell() {
    const far = outside();
    note.hidden = far.length === 0;
    if (note.hidden) return note.replaceChildren();
    const lines = [...new Set(far.map(point => point.of))];
    const named = lines.slice(0, 4).map(one => {
      const own = far.filter(point => point.of === one);
      const values = own.map(point => point.y);
      const some = own.length === 1 ? `${y.text(own[0].y)} at ${x.text(own[0].at)}` : `${own.length} values, ${y.text(Math.min(...values))} to ${y.text(Math.max(...values))}`;
      return all.length > 1 ? `${one.name}, ${some}` : some;
    });
    if (lines.length > 4) named.push(`and ${lines.length - 4} more`);
    note.replaceChildren(whole ? "The axis has all values. " : `Outside the axis, marked at its edge: ${named.join("; ")}. `,
      element("button", { type: "button", onclick: () => { whole = !whole; draw(); tell(); } }, whole ? "Leave out far values" : "Show all values"));
  }

  /** The dense networks of the lines shown, unless they are too many to tell apart. */
  function denses() {
    const found = all.filter(one => one.shown && isNumber(one.dense));
    const different = found.filter((one, i) => found.findIndex(other => other.dense === one.dense) === i);
    return different.length > 3 ? [] : different.map(one => ({ y: one.dense, of: different.length > 1 ? one : null }));
  }

  function words() {
    const across = denses().map(dense => ` Dense network${dense.of ? ` of ${dense.of.name}` : ""}: ${y.text(dense.y)}.`).join("");
    return `${label}. ` + all.filter(one => one.shown).map(one => {
      const say = point => `${y.text(point.y)} at ${x.text(point.at)}`;
      const last = one.points[one.points.length - 1];
      return `${one.name}: ${say(one.points[0])}${one.points.length > 1 ? `, to ${say(last)}` : ""}.`;
    }).join(" ") + across;
  }

  function option(colours, width, alone) {
    if (!alone) swatches.forEach((one, i) => one.colour(colourOf(all[i], colours), colours.paper));
    const shown = all.filter(one => one.shown);
    const far = whole ? [] : outside();
    const across = denses();
    const inside = shownPoints().filter(point => !far.some(other => other.of === point.of && other.at === point.at && other.y === point.y));
    const [least, most, step] = range([...inside, ...across], y.most, zero, far);
    const places = shown.flatMap(one => one.points).map(point => point.at);
    const last = Math.max(...places);
    const first = x.begin?.(Math.min(...places)) ?? Math.min(...places);
    const aside = first === last ? 1 : 0.02 * (last - first);
    const [begin, end] = [x.begin && first !== last ? first : first - aside, last + aside];
    const grid = box(width, least, most, step, alone);
    const label = x.tick ?? x.text;
    const ticks = x.ticks && apart(x.ticks(places, begin, end), label, at => (at - begin) / (end - begin) * (width - grid.left - grid.right));
    const text = { color: colours.quiet, fontSize: 12, hideOverlap: true };
    return {
      grid,
      legend: grid.legend,
      xAxis: x.names
        ? axis(colours, { type: "category", data: x.names, name: x.name, nameLocation: "middle", nameGap: 30,
          axisLabel: { ...text, hideOverlap: false, ...nameLabels(width) } })
        : axis(colours, { type: "value", name: x.name, nameLocation: "middle", nameGap: 30, splitLine: { show: false },
          min: begin, max: end, splitNumber: width < 500 ? 4 : 8, minInterval: x.whole ? 1 : 0,
          ...(ticks ? { axisTick: { show: false } } : {}),
          axisLabel: { ...text, show: !ticks, showMinLabel: Boolean(x.begin), showMaxLabel: false, formatter: label } }),
      yAxis: axis(colours, { type: "value", min: least, max: most, interval: step, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...text, formatter: tickText },
        ...(alone ? { name: y.name, nameLocation: "middle", nameGap: grid.left - 16 } : {}) }),
      tooltip: tooltip(colours, { trigger: "axis", axisPointer: { type: "line", lineStyle: { color: colours.quiet, type: "dotted" } }, formatter: params => told(params, shown) }),
      series: [...shown.flatMap((one, i) => drawnLine(one, i, colourOf(one, colours))), ...references(colours, across, colourOf),
        edgeMarks(far, colours, least, most, colourOf), ...(ticks ? [tickMarks(colours, ticks, label)] : [])],
    };
  }

  const tickText = at => (y.tick ?? (z => digits(z, 4)))(at);

  /** Room for the labels, which ECharts would measure in another font, and in a file for a legend. */
  function box(width, least, most, step, alone) {
    const labels = Array.from({ length: Math.round((most - least) / step) + 1 }, (_, i) => tickText(least + i * step));
    const left = Math.ceil(Math.max(...labels.map(text => textWidth(text, 12)))) + (alone ? 38 : 14);
    const longest = x.names ? Math.max(...x.names.map(name => Math.min(120, textWidth(name, 12)))) : 0;
    const bottom = x.names && nameLabels(width).rotate > 0 ? Math.ceil(0.6 * longest) + 22 : x.name ? 48 : 26;
    if (!alone) return { left, right: 18, top: 12, bottom };
    const names = all.filter(one => one.shown).map(one => one.name);
    let [rows, used] = [1, 0];
    for (const name of names.map(one => textWidth(one, 12, FILE_FONTS) + 46)) {
      if (used + name > width - left - 18) [rows, used] = [rows + 1, 0];
      used += name;
    }
    const height = names.length > 1 ? 24 * rows : 0;
    return { left, right: 18, top: 14 + height, bottom, legend: { show: names.length > 1, data: names, left, top: 4, itemWidth: 26, height, selectedMode: false, textStyle: { fontSize: 12 } } };
  }

  const nameLabels = width => ({ rotate: x.names.join("").length * 7.5 > width * 0.8 ? 35 : 0, interval: 0, width: 120, overflow: "truncate" });

  function drawnLine(one, i, colour) {
    const every = Math.max(1, Math.ceil(one.points.length / 12));
    return [{
      type: "line", name: one.name, z: 3, data: one.points.map(point => [point.at, point.y]), symbol: one.marker, showSymbol: true,
      symbolSize: (_, { dataIndex }) => (dataIndex + i) % every === 0 || one.points.length === 1 ? 8 : 0,
      lineStyle: { color: colour, width: x.names ? 0 : 1.8, type: one.dashed ? "dashed" : "solid" },
      itemStyle: { color: colour, borderWidth: one.marker.startsWith("empty") ? 1.6 : 0 }, emphasis: { disabled: true },
    }, {
      type: "custom", name: one.name, z: 2, silent: true, clip: true, encode: { x: 0, y: [1, 2] }, tooltip: { show: false },
      data: one.points.filter(point => isNumber(point.half) && point.half > 0).map(point => [point.at, point.y - point.half, point.y + point.half]),
      renderItem: (_, api) => whisker(api, colour),
    }];
  }

  /** Lines across the figure at the dense networks. */
  function references(colours, across, colourOf) {
    return across.length === 0 ? [] : [{
      type: "line", name: "dense", z: 1, data: [], silent: true, tooltip: { show: false },
      markLine: { silent: true, symbol: "none", animation: false, data: across.map(dense => ({ yAxis: dense.y,
        lineStyle: { color: dense.of ? colourOf(dense.of, colours) : colours.quiet, type: [2, 3], width: 1.2 },
        label: { position: "insideEndTop", color: dense.of ? colourOf(dense.of, colours) : colours.quiet, fontSize: 11.5, textBorderColor: colours.paper, textBorderWidth: 3, formatter: `dense${dense.of ? `, ${dense.of.name}` : ""} ${y.text(dense.y)}` } })) },
    }];
  }

  /** Values outside the axis: an arrow at its edge, and the value while there are few. */
  function edgeMarks(far, colours, least, most, colourOf) {
    return {
      type: "custom", silent: true, clip: false, z: 4, tooltip: { show: false }, encode: { x: 0 },
      data: far.map(point => [point.at, point.y < least ? least : most]),
      renderItem: ({ dataIndex, coordSys }, api) => {
        const point = far[dataIndex];
        const [left, edge] = api.coord([api.value(0), api.value(1)]);
        const down = point.y < least ? 1 : -1;
        const colour = colourOf(point.of, colours);
        const side = left > coordSys.x + 0.8 * coordSys.width ? -1 : 1;
        const text = { type: "text", style: { fontFamily: colours.font, x: left + 8 * side, y: edge - 8 * down, text: tickText(point.y), align: side > 0 ? "left" : "right", verticalAlign: "middle", fill: colour, fontSize: 12, fontWeight: 600, stroke: colours.paper, lineWidth: 3 } };
        return { type: "group", children: [
          { type: "polygon", shape: { points: [[left - 5, edge - 9 * down], [left + 5, edge - 9 * down], [left, edge]] }, style: { fill: colour } },
          ...(far.length <= 12 ? [text] : [])] };
      },
    };
  }

  function told(params, shown) {
    const found = params.filter(one => one.seriesType === "line" && one.seriesIndex < 2 * shown.length);
    if (found.length === 0) return "";
    const at = found[0].value[0];
    return [`<b>${escaped(x.text(at))}</b>`, ...found.filter(one => one.value[0] === at).map(one => {
      const point = shown[one.seriesIndex / 2].points[one.dataIndex];
      return `${one.marker}${escaped(one.seriesName)}: ${escaped(y.text(point.y))}${isNumber(point.half) ? ` ± ${escaped(y.text(point.half))}` : ""}${point.note ? ` <span style="opacity:.75">${escaped(point.note)}</span>` : ""}`;
    })].join("<br>");
  }

  show(series);
  const draw = chart(holder, words, option);
  tell();
  return next => {
    show(next);
    draw();
    tell();
  };
}

/**
 * The values between which an axis extends. A minority of at most a third, at one end, is left out
 * if the gap between it and all others is more than five times their spread. results.png has the
 * same rule.
 */
function fences(values, zero) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const far = (gap, spread) => gap > 5 * Math.max(spread, 0.02 * Math.max(...sorted.map(Math.abs)));
  for (let i = Math.floor(n / 3); i >= 1; i--) {
    if (!zero && far(sorted[i] - sorted[i - 1], sorted[n - 1] - sorted[i])) return [sorted[i], Infinity];
    if (far(sorted[n - i] - sorted[n - i - 1], sorted[n - i - 1] - sorted[0])) return [-Infinity, sorted[n - i - 1]];
  }
  return [-Infinity, Infinity];
}

/**
 * Of an axis: all means, and intervals as far as they leave means to be told apart.
 *
 * @param far what is marked at an end, which then has more room
 * @return round ends, and the step between ticks
 */
function range(points, highest, zero, far = []) {
  const means = points.map(point => point.y);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const room = Math.max(most - least, 0.02 * Math.abs(most), 1e-9);
  let low = Math.max(least - room, Math.min(...points.map(point => point.y - (point.half ?? 0))));
  let high = Math.min(most + room, Math.max(...points.map(point => point.y + (point.half ?? 0))));
  if (high - low < room / 2) [low, high] = [low - room / 2, high + room / 2];
  if (zero || (low < 0 && least >= 0)) low = 0;
  const power = 10 ** Math.floor(Math.log10((high - low) / 7));
  const step = power * [1, 2, 5, 10].find(times => 7 * times * power >= high - low);
  const top = Math.ceil(high / step - 1e-9) * step + (far.some(point => point.y > most) ? step : 0);
  const bottom = Math.floor(low / step + 1e-9) * step - (far.some(point => point.y < least) ? step : 0);
  return [bottom, isNumber(highest) ? Math.min(top, highest) : top, step];
}

function whisker(api, colour) {
  const [at, low] = api.coord([api.value(0), api.value(1)]);
  const [, high] = api.coord([api.value(0), api.value(2)]);
  const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 1.3, opacity: 0.75 } });
  return { type: "group", children: [line(at, low, at, high), line(at - 4, low, at + 4, low), line(at - 4, high, at + 4, high)] };
}

// --- Tables -----------------------------------------------------------------------------------

/**
 * A table in a box that scrolls sideways, sorted by any of its columns.
 *
 * @param columns [{name, title, number, wide, of: row => what to sort by, text: row => text or
 *     element, find: row => words of a filter, that of texts by default}]
 * @param groups above the columns, [[name, how many columns]]; none if left out
 * @param page how many rows there are at once; a longer table has a filter, and a button for more
 * @return shows other rows in their place
 */
function table(parent, title, text, { columns, rows, groups, page = 100 }) {
  const body = element("tbody");
  const heads = columns.map(column => element("th", { scope: "col", class: column.number ? "number" : null, title: column.title }));
  let [all, limit, words] = [rows, page, []];
  let sorted = rows;
  const texts = new Map();
  /** The words of a row that a filter finds. */
  const found = row => {
    if (!texts.has(row)) texts.set(row, columns.map(column => column.find ? column.find(row) : column.number ? "" : column.of(row)).join(" ").toLowerCase());
    const own = texts.get(row);
    return words.every(word => word.includes("=") ? ` ${own} `.includes(` ${word} `) : own.includes(word));
  };
  const count = element("span", { class: "quiet", role: "status" });
  const more = element("button", { type: "button", onclick: () => { limit += 10 * page; fill(); } }, "Show more");
  const fill = () => {
    const kept = words.length > 0 ? sorted.filter(found) : sorted;
    body.replaceChildren(...kept.slice(0, limit).map(row => element("tr", {}, columns.map(column =>
      element("td", { class: column.number ? "number" : column.wide ? "wide" : null }, column.text ? column.text(row) : column.of(row))))));
    count.textContent = `${digits(Math.min(limit, kept.length))} of ${digits(kept.length)} rows${kept.length < rows.length ? `, selected from ${digits(rows.length)}` : ""}`;
    more.hidden = kept.length <= limit;
  };
  let order = (a, b) => 0;
  heads.forEach((head, i) => head.append(element("button", { type: "button", onclick: () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    order = (a, b) => (down ? -1 : 1) * compared(columns[i].of(a), columns[i].of(b));
    sorted = [...all].sort(order);
    fill();
  } }, columns[i].name)));
  fill();
  const caption = element("figcaption", {}, element("b", {}, `Table ${++tables}. ${title}. `), text);
  const made = element("table", { "aria-label": title },
    element("thead", {},
      groups ? element("tr", {}, groups.map(([name, width]) => name ? element("th", { colspan: width, scope: "colgroup", class: "of" }, name) : element("td", { colspan: width }))) : null,
      element("tr", {}, heads)),
    body);
  const filter = element("input", { type: "search", placeholder: "Filter", "aria-label": `Filter of the table ${title}`, oninput: event => {
    words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    limit = page;
    fill();
  } });
  const bar = rows.length > page ? element("div", { class: "controls" }, filter, count, more) : null;
  parent.append(element("figure", {}, [caption, bar, ...scrolling(title, made)]));
  return other => {
    all = other;
    sorted = [...all].sort(order);
    fill();
  };
}

/** A box that scrolls sideways, below a hint that shows while some of it is out of sight. */
function scrolling(title, ...children) {
  const hint = element("p", { class: "hint" }, "More columns at the right: scroll sideways →");
  hint.hidden = true;
  const box = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, children);
  const look = () => { hint.hidden = box.scrollWidth <= box.clientWidth + 1; };
  new ResizeObserver(() => requestAnimationFrame(look)).observe(box);
  box.addEventListener("focus", look);
  return [hint, box];
}

/**
 * A table whose cells are coloured.
 *
 * @param columns names of the columns, that of the rows first
 * @param rows [{name, small, cells: [{text, small, place}]}]; place is that on the scale of colours,
 *     from 0 to 1; a cell is null where there is no value
 */
function heatTable(columns, rows) {
  const painted = [];
  const made = element("table", {},
    element("thead", {}, element("tr", {}, columns.map((name, i) => element("th", { scope: "col", class: i > 0 ? "heat" : null }, name)))),
    element("tbody", {}, rows.map(row => element("tr", {},
      element("td", { class: "of" }, row.name, row.small ? element("small", {}, row.small) : null),
      row.cells.map(cell => {
        if (!cell) return element("td", { class: "number" }, "–");
        const node = element("td", { class: "heat" }, cell.text, cell.small ? element("small", {}, cell.small) : null);
        painted.push([node, cell.place]);
        return node;
      })))));
  made.heat = { columns, rows };
  made.paint = () => {
    const colours = theme();
    painted.forEach(([node, place]) => {
      node.style.background = between(colours.scale, place);
      node.style.color = inkOn(place, colours);
    });
  };
  made.paint();
  return made;
}

/** The colour of text on the scale of colours. */
const inkOn = (place, colours) => place > 0.55 ? colours.paper : colours.ink;

/** Text of a file. */
const fileText = (x, y, text, more) => svg("text", { x, y, "font-family": FILE_FONTS, "font-size": 12, "dominant-baseline": "middle", ...more }, text);

/** A file of some nodes. */
function fileOf(width, height, nodes) {
  return new XMLSerializer().serializeToString(svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("rect", { width, height, fill: "#ffffff" }), nodes));
}

/** Coloured tables for a file, one below the other, each with a title. */
function heatFile(titled) {
  const colours = lightTheme();
  const nodes = [];
  let [y, right] = [10, 0];
  for (const [title, { columns, rows }] of titled) {
    if (title) nodes.push(fileText(10, (y += 20) - 8, title, { fill: colours.ink, "font-weight": 600 }));
    const widths = columns.map((name, i) => 16 + Math.max(i > 0 ? 48 : 0, textWidth(name, 12, FILE_FONTS),
      ...(i === 0 ? rows.flatMap(row => [row.name, row.small ?? ""]).map(text => textWidth(text, 12, FILE_FONTS)) : [])));
    const at = widths.map((_, i) => 10 + widths.slice(0, i).reduce((a, b) => a + b, 0));
    columns.forEach((name, i) => nodes.push(fileText(i > 0 ? at[i] + widths[i] / 2 : at[i], y + 14, name, { fill: colours.ink, "font-weight": 600, "text-anchor": i > 0 ? "middle" : "start" })));
    y += 28;
    for (const row of rows) {
      const both = (x, text, small, fill, anchor) => nodes.push(fileText(x, y + (small ? 12 : 18), text, { fill, "text-anchor": anchor }),
        ...(small ? [fileText(x, y + 26, small, { fill, "text-anchor": anchor, "font-size": 11 })] : []));
      both(at[0], row.name, row.small, colours.ink, "start");
      row.cells.forEach((cell, i) => {
        if (cell) nodes.push(svg("rect", { x: at[i + 1], y, width: widths[i + 1] - 1, height: 35, fill: between(colours.scale, cell.place) }));
        both(at[i + 1] + widths[i + 1] / 2, cell?.text ?? "–", cell?.small, cell ? inkOn(cell.place, colours) : colours.quiet, "middle");
      });
      y += 36;
    }
    right = Math.max(right, at[at.length - 1] + widths[widths.length - 1]);
    y += 10;
  }
  return fileOf(Math.ceil(right + 10), y, nodes);
}

/** Numbers by size, words by letters, what is not there at the end. */
function compared(a, b) {
  const none = [a, b].map(one => one === undefined || one === null || Number.isNaN(one));
  if (none[0] || none[1]) return none[0] - none[1];
  return isNumber(a) && isNumber(b) ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
