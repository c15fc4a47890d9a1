// SPDX-License-Identifier: Apache-2.0
// The page on one run: what ReportData says, in figures and tables. A section without anything to
// show is left out.
"use strict";

const { about, sweep } = data;
/** All levels. Of many variants, figures show the best, and tables all, the best first. */
const every = sweep ? byRank(data.levels) : data.levels;
const variants = sweep ? sweep.best : data.variants;
const levels = sweep ? variants.flatMap(variant => every.filter(level => level.variant === variant)) : every;
if (sweep) {
  delete data.scale;
  data.similarity = data.similarity.filter(cell => variants.includes(cell.variant));
  data.curves.forEach(curve => { curve.lines = curve.lines.filter(line => variants.includes(line.variant)); });
}
function byRank(all) {
  const ranks = new Map(sweep.rows.map((row, i) => [row.variant, i]));
  return all.sort((a, b) => ranks.get(a.variant) - ranks.get(b.variant)); // rounds keep their order
}

/** The rows of a table of all levels that are shown at once. */
const PAGE = sweep ? 25 : 100;
const branches = [...new Set(every.map(level => level.branch))];
const replicates = every.reduce((most, level) => Math.max(most, level.n), 0);
// What compares random weights says nothing.
every.filter(level => !level.trained).forEach(level => Object.assign(level, { difference: undefined, controls: {}, verdict: undefined }));

const metric = metricOf(data.metric);

/** Levels whose values say something: tickets that were found only have random weights. */
const measured = levels.filter(level => level.trained);
const stops = measured.some(level => level.stop[0] > 0);
const judged = every.filter(level => level.verdict);
/** Whether validation examples rank the variants. */
const ranked = sweep?.rows.some(row => isNumber(row.validation));
const part = sweep ? `The ${ranked ? "best" : "first"} ${variants.length} of ${digits(data.variants.length)} variants${ranked ? ` by validation ${metric.name}` : ""}. ` : "";
const one = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const means = part + (replicates > 2
  ? `Means over ${one(replicates, "replicate")} with 95 % intervals (Student’s t), cut off where they leave the figure`
  : replicates === 2 ? "Means over two replicates, without intervals: of two they say little, and are in the CSV files only" : "One replicate, so without intervals");
const WORDS = ["winning", "matching", "losing", "undecided"];

/** What a level is called among those of its variant, and among all. */
const place = level => `round ${level.round}${level.ticket ? "" : `, ${level.branch}`}`;
const fullPlace = level => (level.variant ? `${level.variant}, ` : "") + place(level);

/** The dense network that the tickets of a variant are compared with. */
const denseOf = variant => levels.some(level => level.variant === variant && level.difference)
  ? levels.find(level => level.variant === variant && level.ticket && level.round === 0 && level.density === 1) : undefined;

/** Points of levels as lines, one for each branch of each variant; dense is of a value. */
function series(x, y, shown = measured, dense = () => undefined) {
  const all = variants.flatMap((variant, v) => branches.map((branch, b) => {
    const several = variants.length > 1;
    const own = shown.filter(level => level.variant === variant && level.branch === branch);
    return {
      name: !several ? branch : branches.length === 1 ? variant : `${variant}, ${branch}`,
      colour: several ? v : b,
      marker: MARKERS[several && branches.length > 1 ? v % 4 + (b > 0 ? 4 : 0) : (several ? v : b) % MARKERS.length],
      dashed: branch !== "ticket",
      branch,
      dense: denseOf(variant) && dense(denseOf(variant)),
      points: own.map(level => ({ x: x(level), ...y(level), note: place(level) })).filter(point => isNumber(point.x)).sort((p, q) => q.x - p.x),
    };
  })).filter(line => line.points.some(point => isNumber(point.y)));
  // No more at once than can be told apart; the legend has the rest.
  const first = [...all].sort((a, b) => a.dashed - b.dashed).slice(0, 8);
  return all.map(line => ({ ...line, hidden: !first.includes(line) }));
}

/** How levels lie beside each other: by density where it differs, else by round; null by neither. */
function course() {
  const several = values => new Set(values).size > 1;
  const tickets = measured.filter(level => level.ticket);
  if (variants.some(variant => several(tickets.filter(level => level.variant === variant).map(level => level.density.toPrecision(2))))
    || (several(tickets.map(level => level.density.toPrecision(2))) && !several(tickets.map(level => level.round)))) {
    return { x: along.density, of: level => level.density, words: "against density" };
  }
  return several(measured.map(level => level.round)) ? { x: along.round, of: level => level.round, words: "by round" } : null;
}

/** The last round of each variant. */
const lasts = measured.filter(level => level.round === Math.max(...measured.filter(other => other.variant === level.variant).map(other => other.round)));

/** Variants next to each other, or to scale where their names end in a number. */
const byVariant = data.scale ? along.scale(data.scale) : along.names(sweep ? variants.map((_, i) => `${ranked ? "rank" : "variant"} ${i + 1}`) : variants);

const value = ([n, y, half], unit) => n > 0 && isNumber(y) ? { y: unit * y, half: isNumber(half) ? unit * half : undefined } : {};

// --- The head ---------------------------------------------------------------------------------

function head() {
  const page = document.getElementById("page");
  const counts = WORDS.map(word => [word, judged.filter(level => level.verdict === word).length]).filter(([, n]) => n > 0);
  const planned = Number(about.planned);
  const troubles = [
    ...data.failures,
    ...(data.imported ? ["These tickets were imported: the page shows them as they were exported."]
      : !data.ended && data.failures.length === 0 ? ["The run has not ended: this page shows what it had published when it was made."] : []),
  ];
  page.append(element("header", {},
    element("p", { class: "eyebrow" }, ["Espalier", data.run].join(" · ")),
    element("h1", {}, data.name),
    troubles.length > 0 ? element("div", { class: "alert", role: "note" }, troubles.map(text => element("p", {}, text))) : null,
    element("p", { class: "lead" }, [data.headline, measured.length === 0 ? alike() : null].filter(Boolean).join(" ")),
    replicates > 1 && counts.length > 0
      ? element("ul", { class: "verdicts", "aria-label": "Verdicts" }, counts.map(([word, n]) => element("li", {}, element("span", { class: `verdict ${word}` }, `${n} ${word}`)))) : null,
    judged.length > 0 && replicates > 1 ? element("p", { class: "quiet" }, data.rule) : null,
    listing("facts", [
      ["Method", about.method],
      ["Network", about.model && `${about.model}, ${about.weights.map(weights => digits(weights)).join(", ")} weights`],
      ["Starting weights", about.start && `${about.start}, in every replicate`],
      ["Data", about.data],
      ["Training", about.iterations && [about.optimizer, /^\d+$/.test(about.iterations) ? `${digits(Number(about.iterations))} iterations` : about.iterations].filter(Boolean).join(", ")],
      ["Replicates", planned > about.replicates ? `${about.replicates} of ${planned}` : String(about.replicates)],
      [variants.length > 1 ? "Variants" : "Variant", variants.length > 1 ? digits(data.variants.length) : variants[0]],
      ["Compared with", branches.filter(branch => branch !== "ticket").join(", ")],
      ["Device", [about.device.replace("()", ""), data.provenance["device-reason"]].filter(Boolean).join(", ")],
      ["Hardware", ["cpu", "gpu", "memory"].map(name => data.provenance[name]).filter(Boolean).join(", ")],
      ["Began", about.date],
      ["Ended", about.end],
      ["Duration", about.seconds && duration(about.seconds) + (about.starts > 1 ? `, in ${about.starts} starts` : "")],
    ]),
    element("nav", { "aria-label": "Contents" }, element("ul", { id: "contents" }))));
}

// --- Many variants ----------------------------------------------------------------------------

/** The last words of keys, as many as tell them apart. */
function shortNames(keys) {
  const paths = keys.map(key => key.split(".").filter((step, i, all) => step !== "id" || i < all.length - 1));
  const last = (path, n) => path.slice(-n).join(".");
  return paths.map(path => {
    let n = 1;
    while (n < path.length && paths.filter(other => last(other, n) === last(path, n)).length > 1) n++;
    return last(path, n);
  });
}

/** Lines of settings across parallel axes, and a table of all variants, the best first. */
function manyVariants() {
  if (!sweep) return;
  const made = section("variants", ranked ? "The best variants" : "Variants");
  const names = shortNames(sweep.keys);
  const lasts = new Map();
  every.filter(level => level.ticket).forEach(level => lasts.set(level.variant, level)); // rounds rise
  const rows = sweep.rows.map((row, i) => ({ ...row, rank: i + 1, level: lasts.get(row.variant) })).filter(row => row.level);
  const shownText = of => isNumber(of) ? digits(of, 4) : String(of);
  const how = ranked
    ? `Ranked by the validation ${metric.name} of the tickets of each variant’s last round${replicates > 1 ? ", a mean over replicates" : ""}. Test examples rank nothing: the best test ${metric.name} of many variants would be optimistic.`
    : "Without validation examples, no variant is selected: they have the order of the file.";
  const show = parallel(made, rows, names, how);
  const list = table(made, ranked ? "All variants, the best first" : "All variants", `${how} A filter such as ${names[0]}=${shownText(rows[0].values[0])} finds a value.`, {
    page: 20,
    columns: [
      { name: ranked ? "rank" : "place", number: true, of: row => row.rank },
      ...names.map((name, i) => ({ name, title: sweep.keys[i], number: isNumber(rows[0].values[i]), of: row => row.values[i], text: row => shownText(row.values[i]), find: row => `${name}=${shownText(row.values[i])}` })),
      { name: "weights %", number: true, of: row => row.level.density, text: row => digits(100 * row.level.density) },
      ranked ? { name: `validation ${metric.name}`, number: true, of: row => row.validation, text: row => isNumber(row.validation) ? metric.value(row.validation) : "–" } : null,
      { name: `test ${metric.name}`, number: true, of: row => row.level.trained ? row.level.score[1] : undefined, text: row => row.level.trained ? metric.estimate(row.level.score) : "not trained" },
      judged.length > 0 && replicates > 1 ? { name: "verdict", of: row => row.level.verdict && WORDS.indexOf(row.level.verdict), text: row => row.level.verdict ? element("span", { class: `verdict ${row.level.verdict}` }, row.level.verdict) : "", find: row => row.level.verdict ?? "" } : null,
      { name: "variant", of: row => row.variant },
    ].filter(Boolean),
    rows,
  });
  show(list);
}

/**
 * Parallel coordinates: a line for each variant across its settings, its density and its result.
 *
 * @return takes what shows the rows of a selection
 */
function parallel(made, rows, names, how) {
  const MOST = 8;
  const result = ranked ? row => metric.factor * row.validation : row => metric.factor * row.level.score[1];
  const drawn = rows.filter(row => isNumber(result(row)) && !Number.isNaN(result(row)));
  if (drawn.length < 2 || names.length === 0) return () => {};
  const several = of => new Set(drawn.map(of)).size > 1;
  const axes = names.map((name, i) => ({ name, of: row => row.values[i] })).filter(axis => several(axis.of)).slice(0, MOST);
  if (several(row => row.level.density.toPrecision(3))) axes.push({ name: "weights %", of: row => 100 * row.level.density });
  axes.push({ name: `${ranked ? "validation" : "test"} ${metric.name}`, of: result });
  for (const axis of axes) {
    const values = drawn.map(axis.of);
    axis.numeric = values.every(isNumber);
    if (axis.numeric) {
      const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
      axis.log = axis !== axes[axes.length - 1] && least > 0 && most / least >= 20;
      [axis.least, axis.most] = [least, most];
    } else axis.names = [...new Set(values.map(String))].sort(compared);
  }
  const order = [...drawn].reverse(); // the best is drawn last, above the others
  const holder = element("div", { class: "chart" });
  figure(made, `Settings and ${axes[axes.length - 1].name}`, `A line for each of ${digits(drawn.length)} variants; the thick ones are the best ${variants.length}, and colours follow the rank. ${how} Drag along an axis to select lines; the table follows.${names.length > MOST ? ` The ${MOST} settings with the most values; the table has all ${names.length}.` : ""}`, holder);
  const best = drawn[0];
  const words = () => `Parallel coordinates of ${digits(drawn.length)} variants over ${axes.map(axis => axis.name).join(", ")}. The ${ranked ? "best" : "first"} one: ${axes.map(axis => `${axis.name} ${isNumber(axis.of(best)) ? digits(axis.of(best), 4) : axis.of(best)}`).join(", ")}.`;
  const draw = chart(holder, words, (colours, width) => ({
    parallel: { left: 40, right: 90, top: 44, bottom: 30, axisExpandable: false },
    parallelAxis: axes.map((one, dim) => ({
      dim, name: one.name, nameLocation: "end", nameGap: 14, nameTextStyle: { color: colours.ink, fontSize: 12, width: (width - 30) / axes.length, overflow: "truncate" },
      ...(one.numeric ? { type: one.log ? "log" : "value", min: one.least, max: one.most } : { type: "category", data: one.names }),
      axisLine: { lineStyle: { color: colours.quiet } }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: { color: colours.quiet, fontSize: 11.5, hideOverlap: true, textBorderColor: colours.paper, textBorderWidth: 3, width: (width - 60) / axes.length - 12, overflow: "truncate", formatter: one.numeric ? at => digits(at, 3) : undefined },
      areaSelectStyle: { width: 16, borderColor: colours.quiet, color: colours.scale[1], opacity: 0.5 },
    })),
    visualMap: { show: false, dimension: axes.length, min: 0, max: 1, inRange: { color: colours.scale.slice(1) } },
    tooltip: tooltip(colours, { trigger: "item", formatter: ({ dataIndex }) => `<b>${escaped(order[dataIndex].variant)}</b><br>rank ${order[dataIndex].rank}` }),
    series: [{
      type: "parallel", progressive: 0, smooth: false, inactiveOpacity: 0.03, activeOpacity: 1, emphasis: { disabled: true },
      data: order.map((row, i) => ({
        value: [...axes.map(one => one.numeric ? one.of(row) : String(one.of(row))), order.length > 1 ? i / (order.length - 1) : 1],
        lineStyle: row.rank <= variants.length ? { width: 2.4, opacity: 1 } : { width: 1, opacity: order.length > 200 ? 0.35 : 0.6 },
      })),
    }],
  }));
  return list => {
    const drawing = echarts.getInstanceByDom(holder);
    drawing.on("axisareaselected", () => {
      const selected = new Set(drawing.getModel().getSeriesByIndex(0).getRawIndicesByActiveState("active").map(i => order[i]));
      list(selected.size > 0 ? rows.filter(row => selected.has(row)) : rows);
    });
    draw();
  };
}

// --- The metric -------------------------------------------------------------------------------

const POINTS = metric.axis();

function scores() {
  const by = course();
  if (measured.length === 0 || (!by && variants.length < 2)) return;
  const made = section(metric.name.replaceAll(" ", "-"), metric.name[0].toUpperCase() + metric.name.slice(1));
  const shows = [];
  if (stops) {
    const measures = { "at the early stop": "score", "at the end": "end" };
    made.append(element("div", { class: "controls" }, choice(`Test ${metric.name}`, Object.keys(measures), picked => shows.forEach(show => show(measures[picked])))));
  }
  const add = (title, text, x, of) => {
    const show = lines(figure(made, title, `${means}. ${text}`), { label: title, x, y: POINTS, series: of("score") });
    shows.push(field => show(of(field)));
  };
  if (by) {
    const words = [
      metric.lower ? "Lower is better." : null,
      stops ? "The early stop is the point of least validation loss." : null,
      by.x === along.density ? "Dense at the left, ever sparser to the right." : null,
      branches.length > 1 ? "Solid lines are tickets, dashed ones what they are compared with." : null,
      variants.some(denseOf) ? "Dotted across: the dense network." : null,
    ];
    add(`Test ${metric.name} ${by.words}`, words.filter(Boolean).join(" "), by.x, field => points(by.of, field));
  }
  if (variants.length > 1) {
    add(`Test ${metric.name} by variant`, `Of each variant’s last round${data.scale ? ", to scale" : ""}.`, byVariant,
      field => byBranch(points(level => variants.indexOf(level.variant), field, lasts)));
  }
}

/** Values of the metric as lines. */
const points = (x, field, shown = measured) => series(x, level => value(level[field], metric.factor), shown, dense => value(dense[field], metric.factor).y);

/** Lines of several variants as one of each branch. */
function byBranch(all) {
  const dense = new Set(all.map(line => line.dense)).size === 1 ? all[0].dense : undefined;
  return branches.map((branch, b) => ({ name: branch, colour: b, marker: MARKERS[b % MARKERS.length], hidden: b >= 8, dense,
    points: all.filter(line => line.branch === branch).flatMap(line => line.points) }));
}

// --- Verdicts ---------------------------------------------------------------------------------

function verdicts() {
  const made = section("results", judged.length > 0 && replicates > 1 ? "Results and verdicts" : "Results");
  const against = every.some(level => level.difference);
  const controls = branches.filter(branch => every.some(level => level.controls[branch]));
  table(made, "Every ticket and what it is compared with",
    measured.length === 0 ? "The networks were found and not trained." : `Test ${metric.name}${metric.in}${stops ? " at the early stop, or at the end without one" : " at the end"}${replicates > 2 ? ", with half of its 95 % interval" : replicates === 2 ? ", without the intervals of two replicates, which say little" : ""}.${metric.lower ? " Lower is better." : ""}`
    + (against ? ` Differences to the dense network and to what a ticket is compared with are ${metric.differences}, replicate by replicate${replicates > 2 ? ", with their intervals" : ""}. Speed: the early-stop iteration as a multiple of the dense network’s; below 1 learns faster.` : ""), {
    columns: [
      variants.length > 1 ? { name: "variant", of: level => level.variant } : null,
      { name: "round", number: true, of: level => level.round },
      { name: "network", of: level => level.branch },
      { name: "weights %", number: true, title: "Weights kept, in percent of those of the experiment’s network", of: level => level.density, text: level => digits(100 * level.density) },
      { name: "n", number: true, title: "Replicates", of: level => level.n },
      { name: metric.name, number: true, of: level => level.trained ? level.score[1] : undefined, text: level => level.trained ? metric.estimate(level.score) : "not trained" },
      stops ? { name: "stop (iteration)", title: "Iteration of the least validation loss", number: true, of: level => level.trained ? level.stop[1] : undefined, text: level => level.trained ? estimate(level.stop, 1, 0) : "–" } : null,
      against ? { name: "− dense", number: true, title: "Difference to the dense network", of: level => level.difference?.[1], text: level => interval(level.difference) } : null,
      ...controls.map(control => ({ name: `− ${control}`, number: true, title: `Difference to ${control}`, of: level => level.controls[control]?.[1], text: level => interval(level.controls[control]) })),
      against && stops ? { name: "speed", number: true, of: level => level.speed?.[1], text: level => level.speed?.[0] > 0 ? fixed(level.speed[1], 2) : "–" } : null,
      judged.length > 0 && replicates > 1 ? { name: "verdict", wide: true, of: level => level.verdict && WORDS.indexOf(level.verdict), text: judgement, find: level => level.verdict ?? "" } : null,
    ].filter(Boolean),
    rows: every, page: PAGE,
  });
  made.append(element("div", { class: "controls" }, Object.entries(data.files).map(([name, text]) => download(name, text))));
  const left = ["results.csv", "verdicts.csv", "ledger.csv"].filter(name => !data.files[name]);
  if (sweep && left.length > 0) made.append(element("p", { class: "quiet" }, `The folder of the run has ${left.join(", ")}.`));
}

function judgement(level) {
  if (!level.verdict) return "";
  const why = [level.why, level.more && `${one(level.more, "more replicate")} would probably decide it`].filter(Boolean).join("; ");
  return [element("span", { class: `verdict ${level.verdict}` }, level.verdict), element("small", {}, why)];
}

/** A difference as mean and bounds, of fractions in points. */
function interval(of) {
  if (!isNumber(of?.[1])) return "–";
  const decimals = metric.decimals(of[1], of[2]);
  const points = x => (x > 0 ? "+" : "") + fixed(metric.factor * x, decimals);
  return points(of[1]) + (isNumber(of[2]) ? ` [${points(of[1] - of[2])}, ${points(of[1] + of[2])}]` : "");
}

// --- How it learns ----------------------------------------------------------------------------

function speed() {
  const by = course();
  if (!stops || !by || !measured.some(level => level.curve.iterations.length > 1)) return;
  const made = section("speed", "Speed of learning");
  lines(figure(made, `Early-stop iteration ${by.words}`,
    `${means}. The iteration of the least validation loss: the lower, the faster a network learns.`), {
    label: "Early-stop iteration", x: by.x, series: series(by.of, level => value(level.stop, 1)),
    y: { name: "early-stop iteration", text: y => digits(y, 4) }, zero: true,
  });
}

function curves() {
  const measures = ["validation loss", ...data.metric.all.flatMap(({ name }) => [`test ${name}`, `validation ${name}`]), "training loss"].filter(name => levels.some(level => level.curve[name]?.length > 1));
  if (measures.length === 0) return;
  const made = section("curves", "Learning curves");
  let measure = measures[0];
  const of = title => data.metric.all.filter(({ name }) => title === `test ${name}` || title === `validation ${name}`).map(one => metricOf(one))[0];
  const together = "all, last round";
  const picks = variants.length > 1 ? [together, ...variants] : variants;
  let variant = picks[0];
  const chosen = () => {
    const all = (variant === together ? lasts : levels.filter(level => level.variant === variant)).filter(level => level.curve[measure]);
    const tickets = all.filter(level => level.ticket);
    // The dense network, the sparsest ticket, and some between.
    const some = evenly(tickets.length > 1 ? tickets : all, variant === together ? 8 : 5);
    const unit = of(measure)?.factor ?? 1;
    return all.map(level => {
      const alike = all.filter(other => other.ticket === level.ticket);
      const order = alike.indexOf(level);
      return {
        name: (variant === together ? `${level.variant}${level.ticket ? "" : `, ${level.branch}`}` : place(level)) + (level.density < 1 ? ` (${percent(level.density)})` : ""),
        hidden: !some.includes(level), dashed: !level.ticket,
        colour: variant === together ? variants.indexOf(level.variant) : tickets.length > 1 ? { order: order / Math.max(1, alike.length - 1) } : all.indexOf(level),
        marker: MARKERS[(some.includes(level) ? some.indexOf(level) : order) % MARKERS.length],
        points: level.curve.iterations.map((x, i) => ({ x, y: isNumber(level.curve[measure][i]) ? unit * level.curve[measure][i] : undefined })),
      };
    });
  };
  const holder = element("div");
  const caption = element("span");
  const say = () => caption.replaceChildren(`${part}${replicates > 1 ? `Means over ${one(replicates, "replicate")}` : "One replicate"}; in brackets the weights kept. The legend switches lines.`);
  const redo = () => {
    holder.replaceChildren();
    lines(holder, { label: `Learning curves, ${measure}`, x: along.counted("iteration"), series: chosen(),
      y: of(measure)?.axis(measure) ?? { name: `${measure}${data.metric.nats ? " (nats)" : ""}`, text: y => digits(y, 4) } });
    say();
  };
  made.append(element("div", { class: "controls" },
    choice("Shown", measures, picked => { measure = picked; redo(); }),
    variants.length > 1 ? choice("Variant", picks, picked => { variant = picked; redo(); }) : null));
  figure(made, "Learning curves", caption, holder);
  redo();
}

/** Some of a list, its first and its last among them. */
const evenly = (list, most) => list.length <= most ? list : Array.from({ length: most }, (_, i) => list[Math.round(i * (list.length - 1) / (most - 1))]);

// --- What is left -----------------------------------------------------------------------------

function layers() {
  // Of what tickets are compared with, each that is not as dense as another one shown.
  const shown = levels.filter((level, i) => level.ticket || !levels.some((other, j) => other.variant === level.variant
    && (other.ticket ? other.round === level.round : other.branch === level.branch && j < i) && JSON.stringify(other.layers) === JSON.stringify(level.layers)));
  if (shown.every(level => level.layers.every(([density]) => density === 1)) || data.layers[0].length === 0) return;
  const made = section("layers", "Density of the layers");
  let variant = variants.find(name => shown.some(level => level.variant === name && level.density < 1)) ?? variants[0];
  const wanted = [variant, ...variants.filter(name => name !== variant)];
  if (variants.length > 1) made.append(element("div", { class: "controls" }, choice("Variant", wanted, picked => { variant = picked; draw(); })));
  const holder = element("div", { class: "chart" });
  figure(made, "Weights kept of each layer", `In percent of the layer of the experiment’s network${replicates > 1 ? `, means over ${one(replicates, "replicate")}` : ""}; the colours are on a logarithmic scale.`, holder);
  const own = () => shown.filter(level => level.variant === variant);
  const names = () => data.layers[data.variants.indexOf(variant)];
  const draw = chart(holder, () => `Heat map of the weights kept of each layer. ${own().map(level => `${place(level)}: ${names().map((name, i) => `${name} ${percent(level.layers[i][0])}`).join(", ")}`).join(". ")}.`, (colours, width) => {
    const columns = own();
    const rows = names();
    const cells = columns.flatMap((level, x) => rows.map((_, y) => [x, y, level.layers[y][0], level.layers[y][1]])).filter(cell => isNumber(cell[2]));
    const least = Math.min(...cells.map(cell => cell[2]).filter(density => density > 0), 0.5);
    const scaled = density => Math.max(0, 1 - Math.log(Math.max(density, least)) / Math.log(least));
    const labels = Math.min(Math.ceil(Math.max(...rows.map(name => textWidth(name, 12)))) + 12, Math.floor(width * 0.45));
    const room = (width - labels - 8) / columns.length;
    const plain = columns.every(level => level.ticket);
    return {
      grid: { left: labels, right: 4, top: 8, bottom: plain ? 100 : 116 },
      xAxis: axis(colours, { type: "category", data: columns.map(level => `${level.round}${plain ? "" : `\n${level.ticket ? "" : level.branch}`}`), axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false },
        name: "round", nameLocation: "middle", nameGap: plain ? 28 : 44, axisLabel: { color: colours.quiet, fontSize: 12, lineHeight: 16, interval: room < 18 ? "auto" : 0 } }),
      yAxis: axis(colours, { type: "category", data: rows, inverse: true, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: colours.ink, fontSize: 12, width: labels - 10, overflow: "breakAll", interval: 0 } }),
      tooltip: tooltip(colours, { trigger: "item", formatter: ({ value: [x, y, density, effective] }) => `<b>${escaped(rows[y])}</b>, ${escaped(place(columns[x]))}<br>kept ${percent(density, 4)}<br>on a path from input to output ${percent(effective, 4)}` }),
      visualMap: { dimension: 4, min: 0, max: 1, show: true, calculable: false, orient: "horizontal", left: "center", bottom: 8, itemWidth: 12, itemHeight: Math.min(220, width / 3), text: ["100 %", `${least < 0.5 ? "" : "≤ "}${percent(least)}`], textStyle: { color: colours.quiet, fontSize: 12 }, inRange: { color: colours.scale }, hoverLink: false },
      series: [{ type: "heatmap", data: cells.map(cell => ({ value: [...cell, scaled(cell[2])], label: { color: scaled(cell[2]) > 0.55 ? colours.paper : colours.ink } })), itemStyle: { borderColor: colours.paper, borderWidth: 1.5 }, emphasis: { disabled: true },
        label: { show: room > 38, fontSize: 11.5, formatter: ({ value: [, , density] }) => density > 0.9995 ? "100" : density < 0.1 ? digits(100 * density, 2) : fixed(100 * density, 1) } }],
    };
  });
  holder.style.height = `${Math.max(200, 128 + 30 * names().length)}px`;
  echarts.getInstanceByDom(holder).resize();
  draw();
}

function pictures() {
  if (data.pictures.length === 0) return;
  const linear = data.pictures.some(picture => picture.counts);
  const learnt = measured.length > 0 ? " after training" : "";
  const made = section("first-layer", "Share of each input in the first layer");
  const shown = [...new Set(data.pictures.map(picture => picture.variant))];
  const together = data.pictures.length === shown.length;
  let variant = shown[0];
  let weights = data.pictures.every(picture => picture.density === 1);
  const box = element("div", { class: "pictures" });
  const measures = ["living weights", "their magnitude"];
  if (weights) measures.reverse();
  made.append(element("div", { class: "controls" },
    linear ? choice("Pixels show", measures, picked => { weights = picked === "their magnitude"; fill(); }) : null,
    shown.length > 1 && !together ? choice("Variant", shown, picked => { variant = picked; fill(); }) : null));
  const figured = figure(made, linear ? "Living weights of the first layer at each pixel of the input" : "Filters of the first convolution",
    linear ? "Of the first replicate’s tickets: how many of the weights that lead from a pixel are left, or the sum of their magnitudes${learnt}; from none to the most in each picture."
      : `Of the first replicate’s tickets${learnt ? "," : ""}${learnt}${data.pictures[0].channels === 3 ? ", red, green and blue as they look at them; pruned weights are grey" : `: ${data.pictures[0].inputs > 1 ? "means over channels, " : ""}one colour below zero, the other above, each as far as the largest weight; pruned weights are blank`}.${data.pictures[0].filters < data.pictures[0].of ? ` The first ${data.pictures[0].filters} of ${data.pictures[0].of}.` : ""}`, box);
  let canvases = [];
  const fill = () => {
    canvases = data.pictures.filter(picture => together || picture.variant === variant).map(picture => [picture, element("canvas", { role: "img" })]);
    box.replaceChildren(...canvases.map(([picture, canvas]) => {
      const name = `${together && picture.variant ? picture.variant : `round ${picture.round}`}, ${percent(picture.density)}`;
      const most = picture.counts ? weights ? `at most ${digits(picture.largest)}` : `at most ${picture.most} of ${picture.units}` : `at most ±${digits(picture.largest)}`;
      canvas.setAttribute("aria-label", `First layer of ${name}, ${most}`);
      return element("figure", {}, canvas, element("figcaption", {}, name, element("br"), most));
    }));
    paint();
  };
  const paint = () => canvases.forEach(([picture, canvas]) => (picture.counts ? pixels : filters)(canvas, picture, weights, theme()));
  const titles = ([picture, canvas]) => canvas.getAttribute("aria-label").replace("First layer of ", "").split(/, (?=at most)/);
  figured.svg = () => {
    const across = Math.min(6, canvases.length);
    const [side, down] = [150, 190];
    return fileOf(10 + across * (side + 14), 10 + Math.ceil(canvases.length / across) * down, canvases.flatMap(([picture, shown], i) => {
      const canvas = element("canvas");
      (picture.counts ? pixels : filters)(canvas, picture, weights, lightTheme());
      const [x, y] = [10 + (i % across) * (side + 14), 10 + Math.floor(i / across) * down];
      const size = side / Math.max(canvas.width, canvas.height);
      return [svg("image", { x, y, width: canvas.width * size, height: canvas.height * size, href: canvas.toDataURL(), style: "image-rendering: pixelated" }),
        ...titles([picture, shown]).map((text, k) => fileText(x, y + side + 12 + 15 * k, text, { "font-size": 11 }))];
    }));
  };
  drawn(paint);
  fill();
}

const unpacked = text => Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
const rgb = colour => [1, 3, 5].map(k => parseInt(colour.slice(k, k + 2), 16));

function pixels(canvas, picture, weights, colours) {
  const table = Array.from({ length: 256 }, (_, i) => rgb(between(colours.scale, i / 255)));
  const values = unpacked(weights ? picture.sums : picture.counts);
  painted(canvas, picture.width, picture.height, (x, y) => table[values[y * picture.width + x]]);
}

/** Filters beside each other, about as many as below each other. */
function filters(canvas, picture, _, colours) {
  const { width, height, channels } = picture;
  const values = unpacked(picture.values);
  const across = Math.ceil(Math.sqrt(picture.filters));
  const down = Math.ceil(picture.filters / across);
  const [paper, blank] = [rgb(colours.paper), rgb(colours.rule)];
  const signs = [colours.below, colours.above].map(colour => Array.from({ length: 128 }, (_, i) => rgb(between([colours.raised, colour], i / 127))));
  painted(canvas, across * (width + 1) - 1, down * (height + 1) - 1, (x, y) => {
    const filter = Math.floor(y / (height + 1)) * across + Math.floor(x / (width + 1));
    const [i, j] = [x % (width + 1), y % (height + 1)];
    if (i === width || j === height || filter >= picture.filters) return paper;
    const at = channel => values[((filter * channels + channel) * height + j) * width + i];
    if (channels === 3) return [0, 1, 2].map(channel => at(channel) || 128);
    return at(0) === 0 ? blank : signs[at(0) < 128 ? 0 : 1][Math.min(127, Math.abs(at(0) - 128))];
  });
}

function painted(canvas, width, height, colour) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([...colour(i % width, Math.floor(i / width)), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

// --- Findings ---------------------------------------------------------------------------------

/** Findings over others, a line for each network or round. */
function overOthers(made) {
  const named = key => data.findings[key] ?? { name: key, title: key, meaning: "" };
  const number = x => digits(x, 4);
  for (const { key, x, lines: all } of data.curves.filter(curve => curve.lines.length > 0)) {
    const rounds = new Set(all.map(line => line.round)).size > 1;
    const name = line => [variants.length > 1 ? line.variant : "", rounds ? `round ${line.round}` : "", line.branch].filter(Boolean).join(", ") || named(key).name;
    lines(figure(made, `${named(key).name} over ${named(x).name}`, `${named(key).meaning} ${means}.`), {
      label: `${named(key).name} over ${named(x).name}`, x: along.counted(named(x).title, number), y: { name: named(key).title, text: number },
      series: all.map((line, i) => ({ name: name(line), colour: i, marker: MARKERS[i % MARKERS.length], hidden: i >= 8,
        points: line.points.map(([at, of]) => ({ x: at, ...value(of, 1), note: one(of[0], "replicate") })) })),
    });
    table(made, `${named(key).name} over ${named(x).name}, in numbers`, replicates > 2 ? "Means over n replicates with half of their 95 % interval." : "Means over n replicates.", {
      columns: [
        { name: "line", of: row => name(row.line) },
        { name: named(x).title, number: true, of: row => row.x, text: row => number(row.x) },
        { name: "n", number: true, title: "Replicates", of: row => row.of[0] },
        { name: named(key).title, number: true, of: row => row.of[1], text: row => number(row.of[1]) + (isNumber(row.of[2]) ? ` ± ${digits(row.of[2], 2)}` : "") },
      ],
      rows: all.flatMap(line => line.points.map(([at, of]) => ({ line, x: at, of }))),
    });
  }
}

function findings() {
  const drawn = new Set(data.curves.flatMap(curve => curve.lines.length > 0 ? [curve.key, curve.x] : []));
  const all = [...new Set(levels.flatMap(level => Object.keys(level.findings)))];
  const names = all.filter(name => !drawn.has(name));
  if (all.length === 0) return;
  const made = section("findings", "Findings of the method");
  overOthers(made);
  const amount = (x, some) => Math.abs(x) >= 1e5 ? si(x) : digits(x, some);
  const isEstimate = of => Array.isArray(of);
  const said = name => data.findings[name] ?? { name, title: name, unit: "", meaning: "" };
  const changes = name => new Set(levels.filter(level => level.findings[name]).map(level => level.round)).size > 1;
  const drawable = names.filter(name => levels.every(level => !level.findings[name] || isEstimate(level.findings[name])) && (changes(name)));
  if (drawable.length > 0) {
    const box = element("div", { class: "several" });
    made.append(box);
    for (const name of drawable) {
      lines(figure(box, said(name).name, `${said(name).meaning} ${means}, by round.`), { label: `${said(name).name} by round`, x: along.round,
        series: series(level => level.round, level => level.findings[name] ? value(level.findings[name], 1) : {}, levels), y: { name: said(name).title, text: y => amount(y, 4), tick: y => amount(y, 4).replace(/\.0+(?= )/, "") } });
    }
  }
  const rest = names.filter(name => !drawable.includes(name));
  if (rest.length === 0) return;
  table(made, "Findings", part + (replicates > 1 ? `Means over replicates${replicates > 2 ? " with half of their 95 % interval" : ""}; what is no number as it was found.` : "As they were found."), {
    columns: [
      variants.length > 1 ? { name: "variant", of: row => row.level.variant } : null,
      { name: "round", number: true, of: row => row.level.round },
      { name: "network", of: row => row.level.branch },
      { name: "finding", of: row => said(row.name).name },
      { name: "value", wide: true, of: row => isEstimate(row.found) ? row.found[1] : row.found, text: row => isEstimate(row.found) ? amount(row.found[1], 4) + (isNumber(row.found[2]) && row.found[2] > 0 ? ` ± ${amount(row.found[2], 2)}` : "") + (said(row.name).unit ? ` ${said(row.name).unit}` : "") : row.found },
    ].filter(Boolean),
    rows: levels.flatMap(level => rest.filter(name => level.findings[name] !== undefined).map(name => ({ level, name, found: level.findings[name] }))),
  });
  made.append(element("h3", {}, "What they are"), listing("listing", rest.map(name => [said(name).name, said(name).meaning])));
}

// --- Similarity -------------------------------------------------------------------------------

const off = cell => cell.r.flatMap((row, a) => row.filter((r, b) => a < b && isNumber(r)));
const mean = values => values.length > 0 ? values.reduce((sum, x) => sum + x, 0) / values.length : undefined;

/** How alike the structures are, in a sentence. */
function alike() {
  const found = data.similarity.map(cell => mean(off(cell))).filter(isNumber);
  if (found.length === 0) return null;
  const [least, most] = [fixed(Math.min(...found), 3), fixed(Math.max(...found), 3)];
  return `The structures of different replicates have a mean correlation of ${least === most ? least : `${least} to ${most}`}.`;
}

function similarity() {
  const all = data.similarity;
  if (all.length === 0) return;
  const made = section("similarity", "Similarity of structures");
  const name = cell => [cell.variant, all.some(other => other.variant === cell.variant && other.round !== cell.round) || !cell.variant ? `round ${cell.round}` : ""].filter(Boolean).join(", ");
  const correlation = r => fixed(r, 3);
  const rounds = new Set(all.map(cell => name(cell))).size === new Set(all.map(cell => cell.variant)).size;
  if (all.length > 1) {
    const toScale = data.scale && rounds && all.length === variants.length;
    lines(figure(made, "Mean correlation of structures", `Pearson’s correlation between the channel widths that replicates found: 1 for equal proportions. Means over pairs of replicates${toScale ? ", to scale" : ""}.`), {
      label: "Mean correlation of structures", x: toScale ? byVariant : along.names(all.map(name)), y: { name: "mean correlation", text: correlation, most: 1 },
      series: [{ name: "mean", colour: 0, points: all.map((cell, i) => {
        const found = off(cell);
        return { x: i, y: mean(found), note: one(found.length, "pair") };
      }) }],
    });
  }
  // From the tenth below the least correlation to 1, as they may all be near 1.
  const least = Math.max(-1, Math.floor(10 * Math.min(1, ...all.flatMap(off)) - 1e-9) / 10);
  const titled = all.map(cell => [name(cell), heatTable(["replicate", ...cell.replicates], cell.replicates.map((replicate, a) => ({
    name: replicate, cells: cell.r[a].map(r => isNumber(r) ? { text: correlation(r), place: (r - least) / (1 - least) } : null),
  })))]);
  const box = element("div", { class: "several" }, titled.map(([title, node]) => element("div", {}, element("h3", {}, title), scrolling(title, node))));
  figure(made, "Correlation of structures between replicates", `Pearson’s correlation of the channel widths, relative to the widths of the experiment’s network; colours from ${digits(least)} to 1.`, box)
    .svg = () => heatFile(titled.map(([title, node]) => [title, node.heat]));
  redraws.push(() => titled.forEach(([, node]) => node.paint()));
}

// --- Cost -------------------------------------------------------------------------------------

function cost() {
  const all = data["run-spent"];
  if (all.steps === 0) return;
  const made = section("cost", "Cost");
  const total = (level, field) => level.finding[field] + level.training[field];
  const measures = { "effective MACs": "effective", "MACs": "macs", "examples": "examples", "seconds": "seconds" };
  if (measured.length > 2) {
    const by = field => points(level => total(level, field), "score").map(line => ({ ...line, points: line.points.reverse() }));
    const holder = element("div");
    const redo = name => {
      holder.replaceChildren();
      lines(holder, { label: `Test ${metric.name} against ${name}`, x: measures[name] === "seconds" ? along.seconds("time, finding and training") : along.counted(`${name}, finding and training`, si), y: POINTS, series: by(measures[name]) });
    };
    made.append(element("div", { class: "controls" }, choice("Cost in", Object.keys(measures), redo)));
    figure(made, `Test ${metric.name} against what it cost`, `${means}. Of each network all that was done to find it and to train it, as if nothing else had been done.`, holder);
    redo(Object.keys(measures)[0]);
  }
  const columns = (name, part) => [
    { name: "examples", title: "Training examples shown", number: true, of: level => part(level).examples, text: level => si(part(level).examples) },
    { name: "MACs", title: "Multiply-accumulates, zeros of masks included", number: true, of: level => part(level).macs, text: level => si(part(level).macs) },
    { name: "effective", title: "Multiply-accumulates that zeros of masks leave", number: true, of: level => part(level).effective, text: level => si(part(level).effective) },
    { name: "time", number: true, of: level => part(level).seconds, text: level => duration(part(level).seconds) },
  ];
  const ids = [
    variants.length > 1 ? { name: "variant", of: level => level.variant } : null,
    { name: "round", number: true, of: level => level.round },
    { name: "network", of: level => level.branch },
  ].filter(Boolean);
  table(made, "The ledger",
    `What finding and training each network cost${replicates > 1 ? ", means over replicates" : ""}. MACs are multiply-accumulates, a backward pass counted as two forward passes. `
    + "Shared: the part of its MACs in steps that other networks of the run come from as well. "
    + `The whole run, each step counted once: ${si(all.examples)} examples, ${si(all.macs)} MACs, ${si(all.effective)} of them effective, ${duration(all.seconds)}.`, {
    groups: [["", ids.length], ["finding", 4], ["training", 4], ["", 1]],
    columns: [...ids, ...columns("finding", level => level.finding), ...columns("training", level => level.training),
      { name: "shared", number: true, of: level => level.shared.macs / total(level, "macs"), text: level => total(level, "macs") > 0 ? percent(level.shared.macs / total(level, "macs")) : "–" }],
    rows: every, page: PAGE,
  });
}

// --- Where it comes from ----------------------------------------------------------------------

function provenance() {
  const known = new Map();
  const parts = Object.entries(data.provenance).map(([name, text]) => [name.replace(/^data-digests\..*?(\w+)$/, "data digest, $1"), text]);
  // Variants mostly have the same data.
  for (const [name, text] of parts.sort(([a], [b]) => a.startsWith("data") - b.startsWith("data"))) known.set(name, (known.get(name) ?? new Set()).add(text));
  section("provenance", "Provenance",
    listing("listing", [["run", data.run], ...[...known].map(([name, texts]) => [name, [...texts].join(", ")])]),
    element("details", {}, element("summary", {}, "experiment.conf, every setting spelt out"), element("pre", { tabindex: 0 }, data.conf)));
  document.getElementById("page").append(element("footer", {}, "Made by Espalier. Charts by Apache ECharts."));
}

head();
manyVariants();
if (measured.length === 0) similarity();
scores();
verdicts();
speed();
curves();
layers();
pictures();
findings();
if (measured.length > 0) similarity();
cost();
provenance();
