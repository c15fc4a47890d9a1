// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VariantRankingTest {

  private final List<TicketResult> rows = new ArrayList<>();

  /** Adds the ticket of a round. */
  private void add(String variant, int replicate, int round, double validation, double test) {
    TicketResult row = Rows.stopped(variant, replicate, round, "ticket", 1.0 / (1 + round), 0, 10);
    Evaluation held = new Evaluation(1 - validation, List.of(validation));
    Evaluation tested = new Evaluation(1 - test, List.of(test));
    rows.add(Rows.with(row, new History(List.of(new History.Point(10, held, held, tested)))));
  }

  /** Variants whose validation accuracy rises while the test accuracy falls. */
  private void addMany(int variants, String prefix) {
    for (int i = 0; i < variants; i++) {
      for (int round = 0; round < 2; round++) {
        add(prefix + i + "-x", 0, round, 0.5 + 0.001 * i, 0.9 - 0.001 * i);
      }
    }
  }

  @Test
  void theBestVariantHasTheBestValidationInTheLastRoundOnAverage() {
    add("early", 0, 0, 0.99, 0.5);
    add("early", 0, 1, 0.60, 0.9);
    add("good", 0, 1, 0.80, 0.1);
    add("good", 1, 1, 0.70, 0.1);
    add("lucky", 0, 1, 0.90, 0.9);
    add("lucky", 1, 1, 0.40, 0.9);
    VariantRanking ranking = VariantRanking.of(rows);
    assertThat(ranking.variants()).containsExactly("good", "lucky", "early");
    assertThat(ranking.validation("good").orElseThrow()).isEqualTo(0.75);
    assertThat(ranking.isLarge()).isFalse();
  }

  @Test
  void ofAPerplexityTheLowestIsTheBest() {
    add("a", 0, 0, 3, 1);
    add("b", 0, 0, 2, 5);
    rows.replaceAll(row -> Rows.with(row, Rows.PERPLEXITY));
    assertThat(VariantRanking.of(rows).variants()).containsExactly("b", "a");
  }

  @Test
  void withoutValidationExamplesNoVariantIsSelected() {
    for (int i = 0; i < 13; i++) {
      rows.add(Rows.row("v-" + i + "-x", 0, 0, "ticket", 0.5 + 0.01 * i));
    }
    VariantRanking ranking = VariantRanking.of(rows);
    assertThat(ranking.isLarge()).isTrue();
    assertThat(ranking.best()).startsWith("v-0-x", "v-1-x").hasSize(10);
    assertThat(ranking.words()).isEqualTo("first 10 of 13 variants");
    assertThat(ranking.sentence()).startsWith("None of the 13 variants is selected");
    assertThat(ResultsTable.of(rows, 0.01, 1))
        .contains("... and 3 more in results.csv", "as none has validation examples")
        .doesNotContain("v-10-x");
  }

  @Test
  void theTableOfManyVariantsHasTheBestFewAndTheNumberOfTheOthers() {
    addMany(998, "v-");
    assertThat(ResultsTable.of(rows, 0.01, 1).lines().map(line -> line.strip().split(" ", -1)[0]))
        .startsWith("variant", "v-997-x", "v-997-x", "v-996-x")
        .contains("v-988-x")
        .doesNotContain("v-987-x", "v-0-x");
    assertThat(ResultsTable.of(rows, 0.01, 1))
        .endsWith(
            "\n... and 988 more in results.csv: these are the best 10 of 998 variants by the"
                + " validation accuracy of their last round.\n");
  }

  @Test
  void aTableOfTwelveVariantsIsWholeAndInTheOrderOfTheFile() {
    addMany(12, "v-");
    assertThat(ResultsTable.of(rows, 0.01, 1).lines().map(line -> line.strip().split(" ", -1)[0]))
        .startsWith("variant", "v-0-x", "v-0-x", "v-1-x")
        .contains("v-11-x");
    assertThat(ResultsTable.of(rows, 0.01, 1)).doesNotContain("more in results.csv");
  }

  @Test
  void thePictureOfManyVariantsHasFewPanelsAndNamesTheChoice() {
    addMany(1000, "v-");
    rows.replaceAll(
        row ->
            Rows.row(
                row.variant(), 0, row.round(), "ticket", 0.5, Rows.DENSE, Map.of("gap", "0.5")));
    List<Panel> panels = Panels.of(rows, List.of());
    assertThat(panels)
        .extracting(Panel::title)
        .containsExactly(
            "test accuracy by round, first 10 of 1,000 variants",
            "test accuracy of the last round, first 10 of 1,000 variants",
            "gap, first 10 of 1,000 variants");
    assertThat(panels.get(0).lines())
        .extracting(Line::name)
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> "v-" + i + "-x").toList());
  }

  @Test
  void anAxisToScaleHasAllVariants() {
    for (int i = 0; i < 40; i++) {
      add("k-" + i, 0, 0, 0.5, 0.5);
    }
    Panel first = Panels.of(rows, List.of()).get(0);
    assertThat(first.title()).isEqualTo("test accuracy of the last round");
    assertThat(first.x()).isEqualTo("k");
    assertThat(first.lines().get(0).points()).hasSize(40);
  }
}
