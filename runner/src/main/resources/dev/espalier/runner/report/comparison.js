// SPDX-License-Identifier: Apache-2.0
// The page of a comparison: what ComparisonPage gives as data.
"use strict";

const contenders = data.contenders;
const metric = metricOf(data.metric);
const cost = x => (data.unit === "seconds" ? duration(x) : si(x));

/** Colour and marker of a contender are the same in both figures; of many, some are shown at first. */
const series = (i, points) => ({ name: contenders[i].name, colour: i, marker: MARKERS[i % MARKERS.length], hidden: i >= MARKERS.length, dense: denseOf(contenders[i]), points });

/** The value of the dense network that tickets of a contender come from. */
function denseOf(of) {
  const dense = of.levels.find(level => level.density === 1);
  return of.levels.some(level => level.density < 1) && isNumber(dense?.score[1]) ? metric.factor * dense.score[1] : undefined;
}

// --- What is compared -------------------------------------------------------------------------

document.getElementById("page").append(element("header", {},
  element("p", { class: "eyebrow" }, "Comparison of runs"),
  element("h1", {}, document.title),
  element("p", { class: "lead" }, `Tickets at equal density and at equal cost, and how much their masks have in common. Differences are to ${contenders[0].name}.`),
  data.notes.length === 0 ? null : element("div", { class: "alert" }, data.notes.map(note => element("p", {}, note))),
  element("nav", { "aria-label": "Contents" }, element("ul", { id: "contents" }))));

// --- At equal density -------------------------------------------------------------------------

const byDensity = section("density", "At equal density");
lines(figure(byDensity, `Test ${metric.name} against density`, "Each ticket's mean over its replicates at the early stop, or at the end without validation examples, with the 95 % interval."), {
  label: `Test ${metric.name} by density`,
  x: along.density,
  y: metric.axis(),
  series: contenders.map((of, i) => series(i, of.levels.map(level => point(level, level.density)).sort((a, b) => b.x - a.x))),
});
sideBySide("At equal density", data.byDensityText, byDensity, data.byDensity, "density", {
  name: "density", title: "Weights kept, of the dense network's", number: true, of: line => line.density, text: line => percent(line.density),
}, (level, line) => percent(level.density) === percent(line.density) ? null : percent(level.density));

byDensity.append(element("p", {}, download("comparison.csv", data.csv)));

// --- At equal cost ----------------------------------------------------------------------------

const byCost = section("cost", "At equal cost");
lines(figure(byCost, `Test ${metric.name} against cost`, `Every ticket at what finding and training it took, in ${data.unit}; the dense network at what its training took.`), {
  label: `Test ${metric.name} by cost`,
  x: along.cost(`cost of a ticket (${data.unit})`, cost),
  y: metric.axis(),
  series: contenders.map((of, i) => series(i, of.levels.filter(level => level.cost > 0)
    .map(level => point(level, level.cost)).sort((a, b) => a.x - b.x))),
});
sideBySide("At equal cost", data.byCostText, byCost, data.byCost, "budget", {
  name: "budget", title: data.unit, number: true, of: line => line.budget, text: line => cost(line.budget),
}, level => `${percent(level.density)}${level.shared > 0 ? "*" : ""}`);

/** A level as a point of a chart. */
function point(level, x) {
  const [n, mean, half] = level.score;
  return { x, y: isNumber(mean) ? metric.factor * mean : null, half: isNumber(half) ? metric.factor * half : null,
    note: `round ${level.round}, ${percent(level.density)} kept, ${cost(level.cost)}, n = ${n}` };
}

/** A table with the value of every contender, and its difference to the first one's. */
function sideBySide(title, text, parent, rows, at, first, aside) {
  const columns = contenders.flatMap((of, i) => {
    const level = line => line.levels[i];
    const brackets = (found, line) => [aside(found, line), of.uneven ? `n = ${found.score[0]}` : null].filter(Boolean).join(", ");
    const value = {
      name: metric.column, number: true, of: line => level(line)?.score[1],
      text: line => {
        const found = level(line);
        if (!found) return "–";
        const more = brackets(found, line);
        return element("span", {}, metric.estimate(found.score), more ? element("span", { class: "quiet" }, ` (${more})`) : null);
      },
    };
    const difference = {
      name: `− ${contenders[0].name}`, title: of.difference, number: true, of: line => level(line)?.difference?.[1],
      text: line => level(line)?.difference ? sure(level(line).difference) : "–",
    };
    return i === 0 ? [value] : [value, difference];
  });
  table(parent, title, `${text} In bold, differences whose interval does not hold 0.`, {
    columns: [first, ...columns], rows,
    groups: [["", 1], ...contenders.map((of, i) => [i === 0 ? of.name : `${of.name} (${of.difference})`, i === 0 ? 1 : 2])],
  });
}

/** A difference, in percentage points of fractions. */
function sure([n, mean, half]) {
  if (!isNumber(mean)) return "–";
  const text = `${mean > 0 ? "+" : ""}${metric.estimate([n, mean, half])}`;
  return isNumber(half) && Math.abs(mean) > half ? element("b", {}, text) : text;
}

// --- Overlap of masks -------------------------------------------------------------------------

if (data.overlaps.length > 0) {
  const overlap = section("overlap", "Overlap of masks");
  const jaccard = x => fixed(x, 3);
  const pairs = of => `${of.pairs} pair${of.pairs === 1 ? "" : "s"}`;
  const whose = data.overlaps.map(of => of.between).filter((name, i, all) => all.indexOf(name) === i);
  const kinds = data.kinds.map(kind => kind.name);

  overlap.append(element("p", {}, `Of two masks A and B, Jaccard is |A and B| / |A or B|, from 0 to 1. ${data.chance}`));

  const curves = kind => data.overlaps.filter(of => of.kind === kind).map(of => of.between).filter((name, i, all) => all.indexOf(name) === i)
    .flatMap((name, i) => {
      const some = data.overlaps.filter(of => of.kind === kind && of.between === name);
      const of = (title, which, dashed) => ({ name: title, colour: whose.indexOf(name), marker: MARKERS[whose.indexOf(name) % MARKERS.length], dashed, hidden: i >= MARKERS.length,
        points: some.map(one => ({ x: one.density, y: one.mean[which], note: pairs(one) })) });
      return [of(name, 0, false), of(`${name}, by chance`, 1, true)];
    });
  const words = kind => `Over all layers, means over pairs of tickets: ${data.kinds.find(one => one.name === kind).text}. Dashed, what chance gives.`;
  const told = element("span", {}, words(kinds[0]));
  const curve = figure(overlap, "Overlap against density", told);
  const show = lines(curve, {
    label: "Overlap of masks by density", x: along.density, y: { name: "Jaccard", text: jaccard, most: 1 }, zero: true, series: curves(kinds[0]),
  });
  if (kinds.length > 1) {
    curve.prepend(element("div", { class: "controls" }, "Tickets that differ in", choice("Tickets that differ in", kinds, kind => {
      told.textContent = words(kind);
      show(curves(kind));
    })));
  }

  // A row for whose tickets, a column for a layer; the colour is Jaccard, what chance gives stands below.
  const densities = data.overlaps.map(of => of.density).filter((density, i, all) => all.indexOf(density) === i);
  const many = density => data.overlaps.filter(of => of.density === density).length;
  const most = densities.reduce((best, density) => (many(density) > many(best) ? density : best));
  const named = some => densities.map(density => percent(density, some));
  const options = new Set(named(3)).size === densities.length ? named(3) : named(5);
  const heat = element("div");
  const map = figure(overlap, "Overlap by layer", "Jaccard, and below it what chance gives: means over pairs of tickets. Levels: a ticket and the one a level before; nested where all that it keeps was kept before. overlap.csv, next to this page, has every pair.", heat);
  let shown;
  function fill(density) {
    const rows = kinds.flatMap(kind => data.overlaps.filter(of => of.density === density && of.kind === kind));
    const layers = rows.flatMap(of => of.layers).filter((name, i, all) => all.indexOf(name) === i);
    const cell = means => means === undefined || !isNumber(means[0]) ? null : { text: jaccard(means[0]), small: jaccard(means[1]), place: means[0] };
    shown = heatTable(["tickets", ...layers, "all layers"], rows.map(of => ({
      name: of.between, small: `${of.kind}${of.kind === "levels" && of.nested ? ", nested" : ""}, ${pairs(of)}`,
      cells: [...layers.map(name => cell(of.means[of.layers.indexOf(name)])), cell(of.mean)],
    })));
    heat.replaceChildren(...scrolling("Overlap by layer", shown));
  }
  map.svg = () => heatFile([["", shown.heat]]);
  const chosen = choice("Density", options, option => fill(densities[options.indexOf(option)]));
  map.prepend(element("div", { class: "controls" }, options.length > 5 ? null : "Density", chosen));
  const first = densities.indexOf(most);
  const select = chosen.querySelector("select");
  if (select) select.selectedIndex = first;
  else chosen.querySelectorAll("input")[first].checked = true;
  fill(most);
  redraws.push(() => shown.paint());
}

// --- What differs ---------------------------------------------------------------------------

if (data.differences.length > 0) {
  table(section("differences", "What differs"), "Settings that differ", "Of the experiments and their provenance, without names and data checksums; – where a run does not have the setting.", {
    columns: [{ name: "setting", of: line => line.key }, ...contenders.map((of, i) => ({ name: of.name, wide: true, of: line => line.values[i], text: line => line.values[i] ?? "–" }))],
    rows: data.differences,
  });
}

// --- Runs -------------------------------------------------------------------------------------

const runs = section("runs", "What is compared");
const text = name => ({ name, of: of => of[name] });
table(runs, "Runs", "Settings and provenance of each are in experiment.conf of its run. Differences are paired by replicate, with Student's t, where both columns have the same seed and the same data; else the interval is Welch's.", {
  columns: [
    { name: "column", of: of => of.name }, text("run"), text("method"), text("model"), text("data"),
    text("seed"), text("replicates"), text("iterations"),
  ],
  rows: contenders,
});
document.getElementById("page").append(element("footer", {}, "Made by Espalier. Charts by Apache ECharts."));
