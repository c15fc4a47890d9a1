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

/** A figure with its number and what it shows. */
function figure(parent, title, text, ...children) {
  const made = element("figure", {}, children, element("figcaption", {}, element("b", {}, `Figure ${++figures}. ${title}. `), text));
  parent.append(made);
  return made;
}

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
  return element("button", { type: "button", class: "download", onclick: () => {
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } }, `Download ${name}`);
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

// --- Charts -----------------------------------------------------------------------------------

/** The colours of the style sheet as they are now. */
function theme() {
  const style = getComputedStyle(document.documentElement);
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
 * @param option makes what ECharts draws, of the colours and the width in pixels
 * @return draws it again, with another label
 */
function chart(holder, label, option) {
  const drawing = echarts.init(holder, null, { renderer: "svg" });
  holder.setAttribute("role", "img");
  const draw = () => {
    const colours = theme();
    drawing.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.ink },
      ...option(colours, holder.clientWidth),
    }, true);
    holder.setAttribute("aria-label", label());
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
 * Axes along x. Densities, the dense network at the left, are halved from tick to tick; rounds are
 * whole; what is counted begins with nothing; names stand beside each other.
 */
const along = {
  density: { name: "weights kept (%)", place: density => -Math.log2(density), text: at => percent(2 ** -at), tick: at => digits(100 * 2 ** -at), begin: Math.floor,
    interval: (span, width) => span < 2 ? 0.5 : Math.ceil(span / (width < 500 ? 5 : 10)) },
  round: { name: "round", place: x => x, text: at => `round ${digits(at)}`, tick: at => digits(at), whole: true },
  counted: (name, text = x => digits(x, 4)) => ({ name, place: x => x, text, tick: at => text(at).replace(/\.0+(?= )/, ""), begin: () => 0 }),
  names: names => ({ name: "", names, place: x => x, text: at => names[at] }),
};

/**
 * Lines of points with 95 % intervals, and a legend that switches them.
 *
 * @param x one of {@link along}
 * @param y {name, text, most}: the name of the axis, how to write a number, and how large it can be
 * @param series [{name, colour, marker, dashed, hidden, points: [{x, y, half, note}]}]; the colour is
 *     a place in the colours of series, or {order} from 0, dense, to 1
 * @return shows other series in their place
 */
function lines(parent, { label, x, y, series, zero = false }) {
  const keys = element("div", { class: "legend", role: "group", "aria-label": "Lines shown" });
  const holder = element("div", { class: "chart" });
  parent.prepend(keys, element("div", { class: "axis" }, y.name), holder);
  let all = [];
  let swatches = [];
  const colourOf = (one, colours) => isNumber(one.colour) ? colours.series[one.colour % colours.series.length] : between(colours.order, one.colour.order);

  function show(next) {
    all = next.map((one, i) => ({ marker: MARKERS[i % MARKERS.length], shown: !one.hidden, ...one,
      points: one.points.filter(point => isNumber(point.y)).map(point => ({ ...point, at: x.place(point.x) })).filter(point => Number.isFinite(point.at)) }))
      .filter(one => one.points.length > 0);
    swatches = all.map(one => swatch(one.marker, one.dashed));
    const items = all.map((one, i) => element("li", {}, element("button", { type: "button", "aria-pressed": String(one.shown), onclick: event => {
      one.shown = !one.shown;
      event.currentTarget.setAttribute("aria-pressed", String(one.shown));
      draw();
    } }, swatches[i].node, one.name)));
    const rest = items.filter((_, i) => !all[i].shown);
    keys.replaceChildren(element("ul", {}, items.filter((_, i) => all[i].shown)),
      ...(rest.length > 0 ? [element("details", {}, element("summary", {}, `${rest.length} more`), element("ul", {}, rest))] : []));
    keys.hidden = all.length < 2;
  }

  function words() {
    return `${label}. ` + all.filter(one => one.shown).map(one => {
      const say = point => `${y.text(point.y)} at ${x.text(point.at)}`;
      const last = one.points[one.points.length - 1];
      return `${one.name}: ${say(one.points[0])}${one.points.length > 1 ? `, to ${say(last)}` : ""}.`;
    }).join(" ");
  }

  function option(colours, width) {
    swatches.forEach((one, i) => one.colour(colourOf(all[i], colours), colours.paper));
    const shown = all.filter(one => one.shown);
    const points = shown.flatMap(one => one.points);
    const [least, most, step] = range(points, y.most, zero);
    const places = points.map(point => point.at);
    const last = Math.max(...places);
    const first = x.begin?.(Math.min(...places)) ?? Math.min(...places);
    const aside = first === last ? 1 : 0.02 * (last - first);
    const ticks = { color: colours.quiet, fontSize: 12, hideOverlap: true };
    return {
      grid: { left: 8, right: 18, top: 12, bottom: 30, containLabel: true },
      xAxis: x.names
        ? axis(colours, { type: "category", data: x.names, name: x.name, nameLocation: "middle", nameGap: 30,
          axisLabel: { ...ticks, hideOverlap: false, rotate: x.names.join("").length * 7.5 > width * 0.8 ? 35 : 0, interval: 0, width: 120, overflow: "truncate" } })
        : axis(colours, { type: "value", name: x.name, nameLocation: "middle", nameGap: 30, splitLine: { show: false },
          min: x.begin ? first : first - aside, max: last + aside, interval: x.interval?.(last - first, width), splitNumber: width < 500 ? 4 : 8, minInterval: x.whole ? 1 : 0,
          axisLabel: { ...ticks, showMinLabel: Boolean(x.begin), showMaxLabel: false, formatter: x.tick ?? x.text } }),
      yAxis: axis(colours, { type: "value", min: least, max: most, interval: step, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...ticks, formatter: y.tick ?? (at => digits(at, 4)) } }),
      tooltip: tooltip(colours, { trigger: "axis", axisPointer: { type: "line", lineStyle: { color: colours.quiet, type: "dotted" } }, formatter: params => told(params, shown) }),
      series: shown.flatMap((one, i) => {
        const colour = colourOf(one, colours);
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
      }),
    };
  }

  function told(params, shown) {
    const found = params.filter(one => one.seriesType === "line");
    if (found.length === 0) return "";
    const at = found[0].value[0];
    return [`<b>${escaped(x.text(at))}</b>`, ...found.filter(one => one.value[0] === at).map(one => {
      const point = shown[one.seriesIndex / 2].points[one.dataIndex];
      return `${one.marker}${escaped(one.seriesName)}: ${escaped(y.text(point.y))}${isNumber(point.half) ? ` ± ${escaped(y.text(point.half))}` : ""}${point.note ? ` <span style="opacity:.75">${escaped(point.note)}</span>` : ""}`;
    })].join("<br>");
  }

  show(series);
  const draw = chart(holder, words, option);
  return next => {
    show(next);
    draw();
  };
}

/**
 * Of an axis: all means, and intervals as far as they leave means to be told apart.
 *
 * @return round ends, and the step between ticks
 */
function range(points, highest, zero) {
  const means = points.map(point => point.y);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const room = Math.max(most - least, 0.02 * Math.abs(most), 1e-9);
  let low = Math.max(least - room, Math.min(...points.map(point => point.y - (point.half ?? 0))));
  let high = Math.min(most + room, Math.max(...points.map(point => point.y + (point.half ?? 0))));
  if (high - low < room / 2) [low, high] = [low - room / 2, high + room / 2];
  if (zero || (low < 0 && least >= 0)) low = 0;
  const power = 10 ** Math.floor(Math.log10((high - low) / 7));
  const step = power * [1, 2, 5, 10].find(times => 7 * times * power >= high - low);
  const top = Math.ceil(high / step - 1e-9) * step;
  return [Math.floor(low / step + 1e-9) * step, isNumber(highest) ? Math.min(top, highest) : top, step];
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
 * @param columns [{name, title, number, wide, of: row => what to sort by, text: row => text or element}]
 * @param groups above the columns, [[name, how many columns]]; none if left out
 */
function table(parent, title, text, { columns, rows, groups }) {
  const body = element("tbody");
  const heads = columns.map(column => element("th", { scope: "col", class: column.number ? "number" : null, title: column.title }));
  const fill = sorted => body.replaceChildren(...sorted.map(row => element("tr", {}, columns.map(column =>
    element("td", { class: column.number ? "number" : column.wide ? "wide" : null }, column.text ? column.text(row) : column.of(row))))));
  heads.forEach((head, i) => head.append(element("button", { type: "button", onclick: () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    fill([...rows].sort((a, b) => (down ? -1 : 1) * compared(columns[i].of(a), columns[i].of(b))));
  } }, columns[i].name)));
  fill(rows);
  const caption = element("figcaption", {}, element("b", {}, `Table ${++tables}. ${title}. `), text);
  const made = element("table", { "aria-label": title },
    element("thead", {},
      groups ? element("tr", {}, groups.map(([name, width]) => name ? element("th", { colspan: width, scope: "colgroup", class: "of" }, name) : element("td", { colspan: width }))) : null,
      element("tr", {}, heads)),
    body);
  parent.append(element("figure", {}, caption, element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, made)));
}

/** Numbers by size, words by letters, what is not there at the end. */
function compared(a, b) {
  const none = [a, b].map(one => one === undefined || one === null || Number.isNaN(one));
  if (none[0] || none[1]) return none[0] - none[1];
  return isNumber(a) && isNumber(b) ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
