// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.espalier.runner.report.Browser;
import dev.espalier.runner.report.ReportPageTest;
import dev.espalier.runner.run.Runs;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Comparisons in a browser; its pictures of them stay in target/comparison. */
@Tag("slow")
class ComparisonPageTest {

  private static final Path PICTURES = Path.of("target", "comparison");

  private static final int PHONE = 390;

  /** What stands in each coloured cell, and its colour. */
  private static final String CELLS =
      "[...document.querySelectorAll('td.heat')].map(cell => [cell.textContent, cell.style.background])";

  @TempDir private static Path root;
  private static Browser browser;
  private static Path page;

  @BeforeAll
  static void start() throws IOException {
    Optional<Path> program = Browser.program();
    assumeThat(program)
        .as("found no chromium, chromium-browser or google-chrome on the path to look at pages")
        .isPresent();
    Runs runs = new Runs(root);
    List<Path> folders =
        List.of(
            runs.run("replicates=2"),
            runs.run("replicates=2", "method.criterion=null", "method.criterion={ id = random }"));
    RunsComparison comparison = RunsComparison.of(folders, "macs");
    comparison.write(root.resolve("comparison"));
    page = root.resolve("comparison").resolve(RunLayout.COMPARISON_PAGE);
    browser = new Browser(program.get(), root.resolve("browser"));
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static List<JsonElement> list(String expression) {
    return ((JsonArray) browser.evaluate(expression)).asList();
  }

  private static void assertShown(int width) {
    List<JsonArray> charts =
        list(ReportPageTest.CHARTS).stream().map(JsonElement::getAsJsonArray).toList();
    assertThat(charts)
        .extracting(facts -> facts.get(0).getAsString())
        .containsExactly("density", "cost", "overlap");
    assertThat(charts)
        .allSatisfy(
            facts -> {
              assertThat(facts.get(1).getAsInt()).as("marks in %s", facts).isGreaterThan(2);
              assertThat(facts.get(2).getAsDouble()).as("height of %s", facts).isGreaterThan(100);
              assertThat(facts.get(4).getAsString()).containsPattern("(?s).{20}.*[0-9]");
            });
    // Of methods, seeds of both and levels of both, in two layers and the whole.
    assertThat(list(CELLS)).hasSize(5 * 3);
    assertThat(
            list(
                "[...document.querySelectorAll('#differences tbody tr')].map(row => [...row.cells].map(cell => cell.textContent).join(' '))"))
        .extracting(JsonElement::getAsString)
        .containsExactly("method.criterion.id magnitude random");
    assertThat(
            list(
                "[...document.querySelectorAll('figure')].filter(figure => figure.svg).map(figure => figure.svg().startsWith('<svg'))"))
        .extracting(JsonElement::getAsBoolean)
        .containsExactly(true, true, true, true);
    assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
        .isLessThanOrEqualTo(width);
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .filteredOn(url -> !url.startsWith("data:"))
        .containsExactly(page.toUri().toString());
  }

  @Test
  void everyChartIsDrawnInLightAndDarkOnADesktopAndAPhone() throws IOException {
    for (int width : new int[] {1280, PHONE}) {
      browser.prefer("light");
      browser.open(page, width);
      assertShown(width);
      browser.picture(PICTURES.resolve(width + "-light.png"));
      String light = list(CELLS).get(0).toString();
      browser.prefer("dark");
      assertShown(width);
      assertThat(list(CELLS).get(0).toString()).isNotEqualTo(light);
      browser.picture(PICTURES.resolve(width + "-dark.png"));
    }
  }

  @Test
  void overlapsAreChosenByKindAndDensity() {
    browser.prefer("light");
    browser.open(page, 1280);
    String says = "document.querySelector('#overlap .chart').getAttribute('aria-label')";
    String methods = browser.evaluate(says).getAsString();
    browser.evaluate(
        "[...document.querySelectorAll('#overlap input')].find(input => input.parentElement.textContent === 'seeds').click()");
    assertThat(browser.evaluate(says).getAsString()).isNotEqualTo(methods);
    assertThat(
            browser
                .evaluate("document.querySelector('#overlap figcaption').textContent")
                .getAsString())
        .contains("two seeds");
    String cells = list(CELLS).toString();
    browser.evaluate(
        "document.querySelector('#overlap fieldset[aria-label=Density] input:not(:checked)').click()");
    assertThat(list(CELLS).toString()).isNotEqualTo(cells);
    assertThat(browser.complaints()).isEmpty();
  }
}
