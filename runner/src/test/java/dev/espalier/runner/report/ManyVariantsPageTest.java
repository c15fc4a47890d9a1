// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.run.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a thousand variants in a browser; a picture of it stays in target/report. */
@Tag("slow")
class ManyVariantsPageTest {

  private static final int VARIANTS = 1000;

  @TempDir private static Path root;
  private static Browser browser;
  private static Path page;

  @BeforeAll
  static void start() throws IOException {
    Optional<Path> program = Browser.program();
    assumeThat(program)
        .as("found no chromium, chromium-browser or google-chrome on the path to look at pages")
        .isPresent();
    Path small = new Runs(root).run("controls=[reinit]", "replicates=2");
    RecordedRun run = ManyVariants.of(small, VARIANTS, root.resolve("runs/many-variants"));
    page = ManyVariants.page(run);
    browser = new Browser(program.get(), root.resolve("browser"));
    browser.prefer("light");
  }

  @BeforeEach
  void open() {
    browser.open(page, 1280);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static List<String> texts(String elements) {
    return ((JsonArray) browser.evaluate("[..." + elements + "].map(one => one.textContent)"))
        .asList().stream().map(JsonElement::getAsString).toList();
  }

  private static int number(String expression) {
    return browser.evaluate(expression).getAsInt();
  }

  private static List<String> column(int number) {
    return texts("document.querySelectorAll('#variants tbody tr td:nth-child(" + number + ")')");
  }

  private static void filter(String text) {
    browser.evaluate(
        "(input => { input.value = '"
            + text
            + "'; input.dispatchEvent(new Event('input')); })"
            + "(document.querySelector('#variants input[type=search]'))");
  }

  @Test
  void thePageBeginsWithTheBestVariantsAndStaysSmall() throws IOException {
    assertThat(texts("document.querySelectorAll('section > h2')").get(0))
        .isEqualTo("The best variants");
    assertThat(column(1)).hasSize(20).startsWith("1", "2", "3").endsWith("20");
    assertThat(number("document.querySelectorAll('#variants .chart svg path').length"))
        .as("a line for each variant")
        .isGreaterThanOrEqualTo(VARIANTS);
    assertThat(number("document.querySelectorAll('*').length")).isLessThan(20_000);
    assertThat(Files.size(page)).isLessThan(16_000_000);
    assertThat(texts("document.querySelectorAll('#accuracy .legend button')"))
        .as("two networks of each of the best ten, in one figure; two branches in the other")
        .hasSize(22)
        .allMatch(text -> !text.isEmpty());
    assertThat(
            browser.evaluate("document.querySelector('#variants .chart').ariaLabel").getAsString())
        .contains("Parallel coordinates of 1,000 variants over learning-rate, rewind-to");
    assertThat(browser.complaints()).isEmpty();
    browser.picture(Path.of("target", "report", "many-variants.png"));
  }

  @Test
  void variantsAreRankedByValidationAndNotByTestExamples() {
    assertThat(
            browser
                .evaluate(
                    "sweep.rows.every((row, i) => i === 0 || row.validation <="
                        + " sweep.rows[i - 1].validation)")
                .getAsBoolean())
        .isTrue();
    assertThat(texts("document.querySelectorAll('.lead')").get(0))
        .startsWith("The best validation accuracy of 1,000 variants is ")
        .contains(browser.evaluate("sweep.best[0]").getAsString());
  }

  @Test
  void aFilterFindsValuesAndAButtonShowsMore() {
    filter("criterion=snip");
    int snip = number("sweep.rows.filter(row => row.values.includes('snip')).length");
    assertThat(snip).isBetween(250, 420);
    assertThat(texts("document.querySelectorAll('#variants [role=status]')"))
        .containsExactly("20 of " + snip + " rows, selected from 1,000");
    browser.evaluate("document.querySelector('#variants .controls button').click()");
    assertThat(column(1)).hasSize(220);
    filter("criterion=sni");
    assertThat(column(1)).isEmpty();
    filter("batch-size=20 magni");
    assertThat(column(5)).isNotEmpty().containsOnly("20");
    filter("");
    assertThat(column(1)).hasSize(20);
  }

  @Test
  void linesSelectedOnAnAxisAreTheRowsOfTheTable() {
    browser.evaluate(
        "echarts.getInstanceByDom(document.querySelector('#variants .chart')).dispatchAction("
            + "{ type: 'axisAreaSelect', parallelAxisId: echarts.getInstanceByDom(document"
            + ".querySelector('#variants .chart')).getModel().getComponent('parallelAxis', 0).id,"
            + " intervals: [[0.05, 0.1]] })");
    assertThat(column(2))
        .isNotEmpty()
        .allSatisfy(rate -> assertThat(Double.parseDouble(rate)).isBetween(0.05, 0.1));
    browser.evaluate("document.querySelector('#variants th:nth-child(2) button').click()");
    assertThat(column(2))
        .as("sorting keeps the selection")
        .isSorted()
        .allSatisfy(rate -> assertThat(Double.parseDouble(rate)).isBetween(0.05, 0.1));
  }
}
