// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.espalier.runner.results.LevelsTable;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.run.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .filteredOn(url -> !url.startsWith("data:"))
        .containsExactly(report.toUri().toString());
    browser.picture(PICTURES.resolve(what + "-" + width + "-" + scheme + ".png"));
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
}
