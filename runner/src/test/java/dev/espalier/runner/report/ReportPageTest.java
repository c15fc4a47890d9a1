// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.LevelsTable;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.run.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports in a browser; its pictures of them stay in target/report. */
@Tag("slow")
public class ReportPageTest {

  private static final Path PICTURES = Path.of("target", "report");

  private static final int PHONE = 390;

  /**
   * For each chart what it is, how much of it is in a colour for data, how tall it is and what it
   * says of itself.
   */
  public static final String CHARTS =
      """
      [...document.querySelectorAll(".chart")].map(chart => {
        const colours = theme();
        const quiet = [colours.ink, colours.quiet, colours.rule, colours.paper, colours.raised, "none", "transparent"];
        const marks = [...chart.querySelectorAll("svg path")].filter(path => {
          const own = [path.getAttribute("fill"), path.getAttribute("stroke")].filter(Boolean).map(colour => colour.toLowerCase());
          const box = path.getBBox();
          return box.width + box.height > 0 && own.some(colour => /^#|^rgb/.test(colour) && !quiet.includes(colour));
        });
        return [chart.closest("section").id, marks.length, chart.getBoundingClientRect().height,
          chart.getAttribute("role"), chart.getAttribute("aria-label")];
      })
      """;

  /** For each picture of weights how many colours it has. */
  private static final String WEIGHTS =
      """
      [...document.querySelectorAll(".pictures canvas")].map(canvas => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(new Uint32Array(pixels.buffer)).size;
      })
      """;

  /** The texts of charts that are cut at the left. */
  private static final String LEFT_OF_CHARTS =
      """
      [...document.querySelectorAll(".chart svg text")].filter(text =>
        text.getBoundingClientRect().left < text.closest("svg").getBoundingClientRect().left - 1).map(text => text.textContent)
      """;

  /** Whether the hint of the results is shown, and their first column stays where they scroll. */
  private static final String SCROLLED =
      """
      new Promise(done => requestAnimationFrame(() => {
        const box = document.querySelector("#results .scroll");
        box.scrollLeft = 150;
        const stays = box.querySelector("tbody td").getBoundingClientRect().left - box.getBoundingClientRect().left;
        done(!box.previousElementSibling.hidden && box.scrollLeft > 100 && Math.abs(stays) < 2);
      }))
      """;

  /** For each figure the problems of its SVG: it is well-formed, light and has text in one font. */
  private static final String SVGS =
      """
      [...document.querySelectorAll("figure")].filter(figure => figure.querySelector("figcaption b")?.textContent.startsWith("Figure")).map(figure => {
        const file = new DOMParser().parseFromString(figure.svg(), "image/svg+xml");
        const fonts = new Set([...file.querySelectorAll("text")].map(text => text.getAttribute("font-family") ?? text.style.fontFamily));
        return [figure.closest("section").id, file.querySelector("parsererror") === null, file.querySelector("rect").getAttribute("fill"),
          file.querySelectorAll("path, rect, image, polygon").length, [...fonts].join()];
      })
      """;

  /** The runs of all tests, each run once. */
  private static final Map<String, Path> RUNS = new HashMap<>();

  @TempDir private static Path root;
  private static Browser browser;

  @BeforeAll
  static void start() throws IOException {
    Optional<Path> program = Browser.program();
    assumeThat(program)
        .as("found no chromium, chromium-browser or google-chrome on the path to look at reports")
        .isPresent();
    browser = new Browser(program.get(), root.resolve("browser"));
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static Path run(String what) {
    return RUNS.computeIfAbsent(what, ReportPageTest::create);
  }

  private static Path create(String what) {
    Runs runs = new Runs(root);
    return switch (what) {
      case "linear" -> runs.run("replicates=2", "controls=[reinit]");
      case "convolution" ->
          runs.run(
              "model=null",
              "model={ id = lenet-5 }",
              "method.rounds=1",
              "controls=[shuffle]",
              "training.iterations=8",
              "training.evaluate-every=4");
      default -> runs.run("replicates=2", "variants.r-1.method.rounds=1", "variants.r-2={}");
    };
  }

  private static List<JsonElement> list(String expression) {
    return ((JsonArray) browser.evaluate(expression)).asList();
  }

  private static void assertShown(Path report, String what, int width, String scheme)
      throws IOException {
    List<JsonElement> charts = list(CHARTS);
    List<String> sections = new ArrayList<>();
    for (JsonElement chart : charts) {
      JsonArray facts = chart.getAsJsonArray();
      String section = facts.get(0).getAsString();
      sections.add(section);
      assertThat(facts.get(1).getAsInt()).as("marks in the chart of " + section).isGreaterThan(2);
      assertThat(facts.get(2).getAsDouble()).as("height of " + section).isGreaterThan(100);
      assertThat(facts.get(3).getAsString()).isEqualTo("img");
      assertThat(facts.get(4).getAsString())
          .as("what " + section + " says")
          .containsPattern("(?s).{20}.*[0-9]");
    }
    List<String> expected =
        new ArrayList<>(List.of("accuracy", "speed", "curves", "layers", "cost"));
    if (what.equals("variants")) {
      expected.add(1, "accuracy"); // by variant
    }
    assertThat(sections).containsExactlyElementsOf(expected);
    assertThat(list(WEIGHTS))
        .isNotEmpty()
        .anySatisfy(colours -> assertThat(colours.getAsInt()).isGreaterThan(5));
    assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
        .as("width of the page on a screen of " + width)
        .isLessThanOrEqualTo(width);
    assertThat(
            list(
                "[...document.querySelectorAll('.choice')].map(one => one.querySelectorAll(':checked').length)"))
        .isNotEmpty()
        .allSatisfy(checked -> assertThat(checked.getAsInt()).isEqualTo(1));
    assertLabelled(what);
    if (width == PHONE) {
      assertThat(browser.evaluate(SCROLLED).getAsBoolean())
          .as("a table says that it scrolls, and its first column stays")
          .isTrue();
    }
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .filteredOn(url -> !url.startsWith("data:"))
        .containsExactly(report.toUri().toString());
    browser.picture(PICTURES.resolve(what + "-" + width + "-" + scheme + ".png"));
  }

  /** Names of layers are whole, the dense network is a line, and ticks are tested densities. */
  private static void assertLabelled(String what) {
    assertThat(list(texts("#layers .chart")))
        .extracting(JsonElement::getAsString)
        .containsAll(list("data.layers[0]").stream().map(JsonElement::getAsString).toList());
    assertThat(list(LEFT_OF_CHARTS)).as("texts that begin left of their chart").isEmpty();
    List<String> accuracy =
        list(texts("#accuracy .chart")).stream().map(JsonElement::getAsString).toList();
    assertThat(accuracy).anyMatch(text -> text.startsWith("dense"));
    assertThat(accuracy)
        .contains(
            browser
                .evaluate("digits(100 * Math.min(...levels.map(level => level.density)))")
                .getAsString());
    if (what.equals("variants")) {
      assertThat(
              browser
                  .evaluate("document.querySelectorAll('#accuracy .chart')[1].ariaLabel")
                  .getAsString())
          .as("variants whose names end in a number are to scale")
          .contains("at r = 1", "at r = 2");
    }
  }

  private static String texts(String chart) {
    return "[...document.querySelectorAll('" + chart + " svg text')].map(text => text.textContent)";
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "convolution", "variants"})
  void everyChartIsDrawnInLightAndDarkOnADesktopAndAPhone(String what) throws IOException {
    Path report = run(what).resolve("report.html");
    for (int width : new int[] {1280, PHONE}) {
      browser.prefer("light");
      browser.open(report, width);
      assertShown(report, what, width, "light");
      String light = browser.evaluate("theme().series[0]").getAsString();
      // While it is open: what is drawn changes with the paper.
      browser.prefer("dark");
      String dark = browser.evaluate("theme().series[0]").getAsString();
      assertThat(dark).isNotEqualTo(light);
      assertThat(
              list(
                  "[...document.querySelectorAll('svg path')].map(path => path.getAttribute('stroke'))"))
          .extracting(JsonElement::toString)
          .contains('"' + dark + '"')
          .doesNotContain('"' + light + '"');
      assertShown(report, what, width, "dark");
    }
  }

  @Test
  void tablesAreSortedAndSavedAsTheyAreInTheFolder() throws IOException {
    Path run = run("linear");
    browser.open(run.resolve("report.html"), 1280);
    String rows =
        "[...document.querySelectorAll('#results tbody tr')].map(row => row.cells[0].textContent + row.cells[1].textContent)";
    assertThat(list(rows))
        .extracting(JsonElement::getAsString)
        .containsExactly("0ticket", "1ticket", "1reinit", "2ticket", "2reinit");
    for (String order : List.of("ascending", "descending")) {
      browser.evaluate("document.querySelector('#results th:nth-child(1) button').click()");
      assertThat(
              browser
                  .evaluate("document.querySelector('#results th').getAttribute('aria-sort')")
                  .getAsString())
          .isEqualTo(order);
    }
    assertThat(list(rows))
        .extracting(JsonElement::getAsString)
        .containsExactly("2ticket", "2reinit", "1ticket", "1reinit", "0ticket");
    for (String name : List.of("levels.csv", "results.csv")) {
      browser.download(
          "[...document.querySelectorAll('button.download')].find(button => button.textContent.endsWith('"
              + name
              + "'))",
          root);
    }
    assertThat(root.resolve("results.csv")).hasSameBinaryContentAs(run.resolve("results.csv"));
    assertThat(root.resolve("levels.csv"))
        .hasContent(LevelsTable.csv(RecordedRun.at(run).levels(), 2));
    assertThat(Files.readAllLines(root.resolve("levels.csv"))).hasSize(1 + 5);
  }

  @Test
  void theLegendSwitchesLines() {
    browser.prefer("light");
    browser.open(run("linear").resolve("report.html"), 1280);
    String dashed =
        "document.querySelectorAll('#accuracy .chart path[stroke-dasharray][stroke=\"' + theme().series[1] + '\"]').length";
    int before = browser.evaluate(dashed).getAsInt();
    assertThat(before).isPositive();
    browser.evaluate(
        "[...document.querySelectorAll('#accuracy .legend button')].find(button => button.textContent === 'reinit').click()");
    assertThat(browser.evaluate(dashed).getAsInt()).isZero();
  }

  @Test
  void everyFigureIsSavedAsALightSvg() throws IOException {
    Path report = run("convolution").resolve("report.html");
    browser.prefer("dark");
    browser.open(report, 1280);
    List<JsonElement> files = list(SVGS);
    assertThat(files)
        .extracting(file -> file.getAsJsonArray().get(0).getAsString())
        .containsExactly("accuracy", "speed", "curves", "layers", "first-layer", "cost");
    assertThat(files)
        .allSatisfy(
            file -> {
              JsonArray facts = file.getAsJsonArray();
              assertThat(facts.get(1).getAsBoolean()).as("well-formed: " + facts).isTrue();
              assertThat(facts.get(2).getAsString()).isEqualTo("#ffffff");
              assertThat(facts.get(3).getAsInt()).as("marks of " + facts).isGreaterThan(2);
              assertThat(facts.get(4).getAsString()).isEqualTo("Helvetica, Arial, sans-serif");
            });
    browser.download("document.querySelector('#accuracy figcaption button')", root);
    assertThat(root.resolve("tiny-figure-1-test-accuracy-against-density.svg"))
        .content()
        .contains("<title>Test accuracy against density</title>", ">shuffle</text>")
        .contains(">test accuracy (%)</text>");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aValueFarFromAllOthersIsMarkedAndNamed() {
    browser.prefer("light");
    browser.open(run("linear").resolve("report.html"), 1280);
    browser.evaluate(
        """
        lines(figure(document.querySelector("#accuracy"), "Far", ""), { label: "Far", x: along.names(["k-1", "k-2", "k-8"]), y: POINTS,
          series: [{ name: "ticket", colour: 0, points: [{ x: 0, y: 10.3 }, { x: 1, y: 85 }, { x: 2, y: 93 }] }] })
        """);
    String note = "document.querySelector('#accuracy figure:last-child .outside')";
    String ticks = texts("#accuracy figure:last-child .chart");
    assertThat(browser.evaluate(note + ".textContent").getAsString())
        .contains("10.30 % at k-1", "Show all values");
    assertThat(list(ticks))
        .extracting(JsonElement::getAsString)
        .contains("10.3", "90")
        .doesNotContain("0");
    browser.evaluate(note + ".querySelector('button').click()");
    assertThat(list(ticks)).extracting(JsonElement::getAsString).contains("0", "100");
    assertThat(browser.evaluate(note + ".hidden").getAsBoolean()).isFalse();
    assertThat(list("fences([98, 97.9, 97.5, 96, 90, 60], false).map(String)"))
        .as("a curve that falls is whole")
        .extracting(JsonElement::getAsString)
        .containsExactly("-Infinity", "Infinity");
    assertThat(list("roundCosts(70.8e9, 126e9)"))
        .extracting(JsonElement::getAsDouble)
        .containsExactly(80e9, 100e9, 120e9);
  }

  @Test
  void ofNetworksThatWereNotTrainedThePageShowsTheStructures() throws IOException {
    Map<String, Object> all = data(run("linear"));
    all.put(
        "similarity",
        List.of(
            Map.of(
                "variant",
                "",
                "round",
                1,
                "replicates",
                List.of("0", "1"),
                "r",
                List.of(List.of(1.0, 0.25), List.of(0.25, 1.0)))));
    for (Map<String, Object> level : levels(all)) {
      level.put("trained", false);
      level.put("curve", Map.of("iterations", List.of(40)));
      level.put("findings", Map.of("my-key", "a text"));
    }
    levels(all).get(0).put("findings", Map.of("macs", List.of(2, 1531648.0, 0.0)));
    all.put(
        "findings",
        Map.of(
            "macs", Map.of("name", "MACs", "title", "MACs", "unit", "MACs", "meaning", "Work.")));
    open(all);
    assertThat(list("[...document.querySelectorAll('section')].map(section => section.id)"))
        .extracting(JsonElement::getAsString)
        .startsWith("similarity", "results")
        .doesNotContain("accuracy", "speed", "curves");
    assertThat(
            list(
                "[...document.querySelectorAll('#results tbody tr')].map(row => row.cells[4].textContent)"))
        .extracting(JsonElement::getAsString)
        .containsOnly("not trained");
    assertThat(text("#results thead")).doesNotContain("dense", "stop", "verdict");
    assertThat(text(".lead")).contains("mean correlation of 0.250");
    assertThat(
            list("[...document.querySelectorAll('#similarity td.heat')].map(c => c.textContent)"))
        .hasSize(4);
    assertThat(text("#findings")).contains("1.53 M MACs", "my-key", "Work.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theHeadSaysWhenTheRunEndedOrThatItWasImported() throws IOException {
    Path run = run("linear");
    Map<String, Object> all = data(run);
    open(all);
    assertThat(text(".facts")).contains("Ended", "Duration");
    assertThat(browser.evaluate("document.querySelector('.alert') === null").getAsBoolean())
        .isTrue();
    Files.move(run.resolve("events.jsonl"), root.resolve("events.jsonl"));
    try {
      open(data(run));
    } finally {
      Files.move(root.resolve("events.jsonl"), run.resolve("events.jsonl"));
    }
    assertThat(text(".alert")).contains("imported").doesNotContain("not ended");
  }

  private static Map<String, Object> data(Path run) throws IOException {
    return new ReportData(RecordedRun.at(run), Registry.load()).all();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> levels(Map<String, Object> data) {
    return (List<Map<String, Object>>) data.get("levels");
  }

  private static void open(Map<String, Object> data) throws IOException {
    Path page = root.resolve("page.html");
    Files.writeString(page, new Page("page", "report.js", data).html());
    browser.prefer("light");
    browser.open(page, 1280);
  }

  private static String text(String selector) {
    return browser.evaluate("document.querySelector('" + selector + "').textContent").getAsString();
  }
}
