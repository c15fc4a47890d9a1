// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.results.Panels.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PanelsTest {

  private static final String LAST = "test accuracy of the last round";

  private final List<TicketResult> rows = new ArrayList<>();

  private List<Panel> panels() {
    return Panels.of(rows, List.of());
  }

  private static List<String> names(Panel panel) {
    return panel.lines().stream().map(Line::name).toList();
  }

  private void found(int replicate, int round, String branch, String finding, String value) {
    rows.add(row("", replicate, round, branch, 0.5, Rows.DENSE, Map.of(finding, value)));
  }

  @Test
  void aLineABranchShowsTheMeansOfReplicatesByRound() {
    for (int replicate = 0; replicate < 2; replicate++) {
      for (int round = 1; round <= 3; round++) {
        rows.add(row("", replicate, round, "ticket", 0.5 + 0.1 * round + 0.02 * replicate));
        if (round > 1) {
          rows.add(row("", replicate, round, "reinit", 0.25));
        }
      }
    }
    Panel panel = panels().get(0);
    assertThat(panels()).hasSize(1);
    assertThat(panel.title()).isEqualTo("test accuracy by round, mean of 2 replicates");
    assertThat(panel.x()).isEqualTo("round");
    assertThat(panel.y()).isEqualTo("test accuracy at the end (%)");
    assertThat(names(panel)).containsExactly("ticket", "reinit");
    List<Point> ticket = panel.lines().get(0).points();
    assertThat(ticket).extracting(Point::x).containsExactly(1.0, 2.0, 3.0);
    assertThat(ticket.get(2).y().mean()).isCloseTo(81, within(1e-9));
    assertThat(panel.lines().get(1).points())
        .containsExactly(new Point(2, Estimate.of(25, 25)), new Point(3, Estimate.of(25, 25)));
  }

  @Test
  void aCurveHasALineOfListsForEachNetworkAndOneOfNumbersForEachRound() {
    for (int replicate = 0; replicate < 3; replicate++) {
      for (int round = 0; round < 2; round++) {
        for (int k : new int[] {0, 500}) {
          String errors = replicate + " " + (replicate + 10 * round) + " 0";
          Map<String, String> found =
              Map.of("k", "" + k, "alphas", "0.0 0.5 1.0", "errors", errors, "barrier", "" + k);
          rows.add(row("", replicate, round, "k-" + k, 0.5, Rows.DENSE, found));
        }
        rows.add(row("", replicate, round, "ticket", 0.5));
      }
    }
    List<Curve> curves =
        List.of(
            new Curve("errors", "alphas", "Error", "alpha"),
            new Curve("barrier", "k", "Barrier", "k (iterations)"));
    List<Panel> panels = Panels.of(rows, curves);
    assertThat(panels)
        .extracting(Panel::title)
        .containsExactly(
            "test accuracy by round, mean of 3 replicates",
            "Error, round 0, mean of 3 replicates",
            "Error, round 1, mean of 3 replicates",
            "Barrier, mean of 3 replicates",
            "barrier, mean of 3 replicates");
    assertThat(names(panels.get(2))).containsExactly("k-0", "k-500");
    assertThat(panels.get(2).lines().get(1).points())
        .containsExactly(
            new Point(0, Estimate.of(0, 1, 2)),
            new Point(0.5, Estimate.of(10, 11, 12)),
            new Point(1, Estimate.of(0, 0, 0)));
    assertThat(names(panels.get(3))).containsExactly("round 0", "round 1");
    assertThat(panels.get(3).x()).isEqualTo("k (iterations)");
    assertThat(panels.get(3).lines().get(0).points())
        .extracting(Point::x)
        .containsExactly(0.0, 500.0);
    assertThat(ResultsPicture.charts(panels)).hasSize(5);
  }

  @Test
  void aCurveOfOnePointOrOfListsThatDifferInLengthIsNotDrawn() {
    rows.add(row("", 0, 0, "ticket", 0.5, Rows.DENSE, Map.of("k", "0", "barrier", "0.5")));
    rows.add(row("", 0, 1, "ticket", 0.5, Rows.DENSE, Map.of("k", "1 2", "barrier", "1 2 3")));
    rows.add(row("", 0, 2, "ticket", 0.5, Rows.DENSE, Map.of("k", "1 2", "barrier", "1 NaN")));
    assertThat(Panels.of(rows, List.of(new Curve("barrier", "k", "Barrier", "k"))))
        .extracting(Panel::title)
        .containsExactly("test accuracy by round");
  }

  @Test
  void whereEachRoundHasADensityOfItsOwnThatIsWhatItIsShownBy() {
    for (int replicate = 0; replicate < 2; replicate++) {
      rows.add(Rows.level(replicate, 0, "ticket", 1, 0.9, 100));
      rows.add(Rows.level(replicate, 1, "ticket", 0.50 + 0.02 * replicate, 0.8, 100));
      rows.add(Rows.level(replicate, 1, "reinit", 0.50 + 0.02 * replicate, 0.7, 100));
    }
    Panel panel = panels().get(0);
    assertThat(panels()).hasSize(1);
    assertThat(panel.title()).isEqualTo("test accuracy by density, mean of 2 replicates");
    assertThat(panel.isByDensity()).isTrue();
    assertThat(panel.lines().get(0).points()).extracting(Point::x).containsExactly(51.0, 100.0);
    assertThat(panel.lines().get(1).points()).extracting(Point::x).containsExactly(51.0);
  }

  /** A power of ten has no place for it. */
  @Test
  void whereNothingIsLeftItIsShownByRound() {
    rows.add(Rows.level(0, 0, "ticket", 1, 0.9, 100));
    rows.add(Rows.level(0, 1, "ticket", 0.1, 0.8, 100));
    rows.add(Rows.level(0, 2, "ticket", 0, 0.1, 100));
    assertThat(panels()).extracting(Panel::title).containsExactly("test accuracy by round");
  }

  @Test
  void theTitleSaysWhereReplicatesAreMissing() {
    rows.add(row("", 0, 0, "ticket", 0.9));
    rows.add(row("", 0, 1, "ticket", 0.9));
    assertThat(panels()).extracting(Panel::title).containsExactly("test accuracy by round");
    rows.add(row("", 1, 0, "ticket", 0.9));
    rows.add(row("", 2, 0, "ticket", 0.9));
    assertThat(panels())
        .extracting(Panel::title)
        .containsExactly("test accuracy by round, mean of 1 to 3 replicates");
  }

  @Test
  void oneRoundOfOneVariantShowsNothing() {
    assertThat(panels()).isEmpty();
    rows.add(row("", 0, 1, "ticket", 0.9));
    rows.add(row("", 0, 1, "reinit", 0.8));
    rows.add(row("", 1, 1, "ticket", 0.9));
    assertThat(panels()).isEmpty();
  }

  @Test
  void whatWasNotMeasuredIsLeftOut() {
    rows.add(row("", 0, 0, "ticket", 0.9));
    rows.add(row("", 0, 1, "ticket", Double.NaN));
    assertThat(panels()).isEmpty();
    rows.add(row("", 1, 1, "ticket", 0.8));
    assertThat(panels().get(0).lines().get(0).points())
        .containsExactly(new Point(0, Estimate.of(90)), new Point(1, Estimate.of(80)));
  }

  @Test
  void variantsAreComparedByTheirLastRoundInTheirOrder() {
    rows.add(row("snip", 0, 1, "ticket", 0.9));
    rows.add(row("grasp", 0, 0, "ticket", 0.1));
    rows.add(row("grasp", 0, 1, "ticket", 0.7));
    rows.add(row("grasp", 0, 1, "reinit", 0.6));
    List<Panel> panels = panels();
    assertThat(panels).extracting(Panel::title).containsExactly("test accuracy by round", LAST);
    assertThat(names(panels.get(0)))
        .containsExactly("snip, ticket", "grasp, ticket", "grasp, reinit");
    Panel byVariant = panels.get(1);
    assertThat(byVariant.names()).containsExactly("snip", "grasp");
    assertThat(byVariant.x()).isEqualTo("variant");
    assertThat(names(byVariant)).containsExactly("ticket", "reinit");
    assertThat(byVariant.lines().get(0).points())
        .containsExactly(new Point(0, Estimate.of(90)), new Point(1, Estimate.of(70)));
    assertThat(byVariant.lines().get(1).points()).containsExactly(new Point(1, Estimate.of(60)));
  }

  private Panel ofVariants(String... variants) {
    rows.clear();
    for (String variant : variants) {
      rows.add(row(variant, 0, 1, "ticket", 0.5));
    }
    assertThat(panels()).hasSize(1);
    return panels().get(0);
  }

  @Test
  void theTitleSaysWhereLastRoundsDiffer() {
    rows.add(row("snip", 0, 1, "ticket", 0.9));
    rows.add(row("snip", 0, 5, "ticket", 0.9));
    rows.add(row("grasp", 0, 1, "ticket", 0.7));
    assertThat(Panels.of(rows, List.of())).extracting(Panel::title).contains(LAST + " (1 to 5)");
  }

  @Test
  void variantsThatDifferInANumberAreToScale() {
    Panel panel = ofVariants("until-100", "until-0", "until-20");
    assertThat(panel.title()).isEqualTo(LAST);
    assertThat(panel.x()).isEqualTo("until");
    assertThat(panel.names()).isEmpty();
    assertThat(panel.lines().get(0).points())
        .extracting(Point::x)
        .containsExactly(0.0, 20.0, 100.0);
    assertThat(ofVariants("r2", "r16").x()).isEqualTo("r");
    assertThat(ofVariants("2", "16").x()).isEqualTo("variant");
    assertThat(ofVariants("vgg-16-by-2", "vgg-16-by-4").names()).isEmpty();
  }

  @Test
  void variantsThatDifferInMoreThanANumberKeepTheirNames() {
    assertThat(ofVariants("until-0", "after-20").names()).hasSize(2);
    assertThat(ofVariants("until-0", "never").names()).hasSize(2);
    assertThat(ofVariants("p-0-5", "p-0-25").names()).as("0.5 and 0.25").hasSize(2);
    assertThat(ofVariants("p-05", "p-025").names()).as("0.5 and 0.25").hasSize(2);
  }

  @Test
  void whereLinesAreTooManyEachBranchHasItsPanel() {
    for (int variant = 0; variant < 6; variant++) {
      for (int round = 0; round < 2; round++) {
        rows.add(row("k-" + variant, 0, round, "ticket", 0.9));
        if (variant > 0 || round > 0) {
          rows.add(row("k-" + variant, 0, round, "drawn", 0.8));
        }
      }
    }
    List<Panel> panels = panels();
    assertThat(panels)
        .extracting(Panel::title)
        .containsExactly("test accuracy by round: ticket", "test accuracy by round: drawn", LAST);
    assertThat(panels.subList(0, 2))
        .allSatisfy(
            panel ->
                assertThat(names(panel)).containsExactly("k-0", "k-1", "k-2", "k-3", "k-4", "k-5"));
  }

  @Test
  void noPanelHasMoreLinesThanCanBeToldApart() {
    for (int branch = 0; branch < 12; branch++) {
      rows.add(row("", 0, 0, "b" + branch, 0.9));
      rows.add(row("", 0, 1, "b" + branch, 0.9));
    }
    List<Panel> panels = panels();
    assertThat(panels).extracting(panel -> panel.lines().size()).containsExactly(6, 6);
    assertThat(panels)
        .allSatisfy(
            panel ->
                assertThat(panel.lines())
                    .extracting(Line::place)
                    .containsExactly(0, 1, 2, 3, 4, 5));
    assertThat(names(panels.get(1))).startsWith("b6").endsWith("b11");
  }

  @Test
  void findingsThatAreNumbersAreShownByRound() {
    for (int round = 1; round <= 2; round++) {
      for (int replicate = 0; replicate < 2; replicate++) {
        rows.add(row("", replicate, round, "ticket", 0.9));
        found(replicate, round, "fit", "mean-magnitude", "1.5E-" + round);
        found(replicate, round, "reset", "mean-magnitude", "" + (round + 2 * replicate));
      }
    }
    List<Panel> panels = panels();
    assertThat(panels)
        .extracting(Panel::title)
        .containsExactly(
            "test accuracy by round, mean of 2 replicates", "mean-magnitude, mean of 2 replicates");
    Panel finding = panels.get(1);
    assertThat(finding.y()).isEqualTo("mean-magnitude");
    assertThat(finding.lines())
        .containsExactly(
            new Line(
                "fit",
                1,
                List.of(
                    new Point(1, Estimate.of(0.15, 0.15)),
                    new Point(2, Estimate.of(0.015, 0.015)))),
            new Line(
                "reset",
                2,
                List.of(new Point(1, Estimate.of(1, 3)), new Point(2, Estimate.of(2, 4)))));
    assertThat(panels.get(0).lines().get(1).place()).as("fit's colour").isEqualTo(1);
  }

  @Test
  void findingsThatAreTextSomewhereOrOfOneRoundAreNotShown() {
    found(0, 0, "ticket", "epoch", "3");
    found(0, 1, "ticket", "epoch", "never");
    found(0, 1, "ticket", "threshold", "0.1");
    found(0, 0, "ticket", "ratio", "1");
    found(0, 1, "ticket", "ratio", "NaN");
    assertThat(panels()).extracting(Panel::title).hasSize(1).doesNotContain("epoch");
  }
}
