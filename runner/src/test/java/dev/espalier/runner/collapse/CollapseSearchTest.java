// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.collapse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.collapse.CollapseSearch.Candidate;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.run.Runs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollapseSearchTest {

  private static int scored;

  /** Drops the output layer, the smaller one, first. */
  record OutputFirst() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      scored++;
      return Scores.of(
          scoring.mask().layers(),
          layer -> {
            double[] scores = new double[layer.size()];
            Arrays.fill(scores, layer.kind() == Layer.Kind.OUTPUT ? 0 : 1);
            return scores;
          });
    }
  }

  /** Keeps the first weight of every layer to the end. */
  record Careful() implements Criterion {
    @Override
    public int rounds() {
      return 3;
    }

    @Override
    public Scores score(Scoring scoring) {
      return Scores.of(
          scoring.mask().layers(),
          layer -> {
            double[] scores = new double[layer.size()];
            scores[0] = 1;
            return scores;
          });
    }
  }

  /** Refuses everything. */
  record Picky() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new AssertionError("never asked");
    }

    @Override
    public void check(Network network, Data data, Refusals refusals) {
      refusals.add("examples", 1, "2");
    }
  }

  @TempDir private Path root;

  @Test
  void findsTheLastPointAtWhichAllLayersLive() {
    // 12544 + 160 weights: 0.9886 keeps 15 of the output's, 0.9772 none.
    scored = 0;
    Runs runs = new Runs(root);
    String csv =
        runs.collapse(
            0.005, List.of(new Candidate("output-first", new OutputFirst())), "replicates=2");
    assertThat(csv.lines())
        .hasSize(3)
        .anySatisfy(
            line -> assertThat(line).matches("output-first,1,0\\.005,0\\.98.*,fc2\\.weight"));
    assertThat(runs.screen())
        .contains("output-first, replicate 1 (2 of 2), every layer lives down to density 10^-0.005")
        .containsPattern("output-first +0\\.01 +0\\.005 0\\.005 +98\\.86 +fc2\\.weight")
        .contains("x is at most 3.80: a weight for each of 2 layers, of 12704");
    assertThat(scored).as("scored once a replicate").isEqualTo(2);
  }

  @Test
  void aCriterionThatKeepsLayersAliveComesToTheEndOfTheGrid() throws IOException {
    Runs runs = new Runs(root);
    List<Candidate> careful = List.of(new Candidate("careful", new Careful()));
    String csv = runs.collapse(0.25, careful);
    assertThat(csv.lines().skip(1)).singleElement().asString().startsWith("careful,0,3.75,");
    assertThat(csv).endsWith(",\n");
    List<Path> store = Runs.files(root.resolve("store"));
    assertThat(store).as("rounds are remembered").hasSize(3);
    assertThat(runs.collapse(0.25, careful)).isEqualTo(csv);
    assertThat(Runs.files(root)).as("and found, and no run is written").isEqualTo(store);
  }

  @Test
  void aCriterionThatIsNamedTwiceIsRefused() throws IOException {
    List<Candidate> twice =
        List.of(new Candidate("careful", new Careful()), new Candidate("careful", new Careful()));
    assertThatThrownBy(() -> new Runs(root).collapse(0.25, twice))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage(
            "--criterion: found careful twice, allowed is each criterion once. Name it once");
    assertThat(Runs.files(root)).isEmpty();
  }

  @Test
  void aCriterionMayRefuseTheNetwork() throws IOException {
    List<Candidate> candidates =
        List.of(new Candidate("careful", new Careful()), new Candidate("picky", new Picky()));
    assertThatThrownBy(() -> new Runs(root).collapse(0.25, candidates))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("criterion", "picky", "examples: found 1, allowed is 2");
    assertThat(Runs.files(root)).isEmpty();
  }
}
