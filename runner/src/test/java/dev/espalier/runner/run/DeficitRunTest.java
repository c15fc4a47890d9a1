// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeficitRunTest {

  private static final String ROUND = "method.rounds=1";
  private static final String BLUR = "deficit={ id = blur, until = 1, factor = 7 }";

  private static final AtomicInteger LOADED = new AtomicInteger();

  /** Points in the plane: no images. */
  public record Points() implements DataSource {
    @Override
    public Data load(Prepared prepared) {
      LOADED.incrementAndGet();
      Examples points =
          Examples.ofFloats(new float[] {0, 1, 1, 0, 0, 2, 2, 0}, new Shape(2), 0, 1, 0, 1);
      return new Data("points", points, points.take(), points, Normalisation.NONE, 2);
    }
  }

  private static final class Plane implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.data("points", Points.class);
    }
  }

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void runs() {
    runs = new Runs(root);
  }

  @Test
  void anotherDeficitIsAnotherTrainingAndTheSameIsRemembered() throws IOException {
    Path plain = runs.run(ROUND);
    String results = Runs.results(plain);
    Path blurred = runs.run(ROUND, BLUR);
    assertThat(blurred).isNotEqualTo(plain);
    assertThat(Runs.found(blurred)).containsExactly(false, false);
    assertThat(Runs.column(blurred, "test_loss"))
        .doesNotContainAnyElementsOf(Runs.column(plain, "test_loss"));
    Path other = runs.run(ROUND, BLUR, "deficit.factor=6");
    assertThat(Runs.found(other)).containsExactly(false, false);
    runs.run(ROUND, BLUR);
    assertThat(Runs.found(blurred)).containsExactly(true, true);
    runs.run(ROUND);
    assertThat(Runs.found(plain)).containsExactly(true, true);
    assertThat(Runs.results(plain)).isEqualTo(results);
  }

  @Test
  void criteriaSeeTheExamplesWithoutTheDeficit() throws IOException {
    String[] snip = {
      "method=null", "method={ id = prune-at-init, criterion = snip, densities = [0.5] }"
    };
    Path plain = runs.run(snip);
    Path noisy =
        runs.run(snip[0], snip[1], "deficit={ id = label-noise, until = 1, fraction = 0.9 }");
    assertThat(Runs.events(noisy, "prune"))
        .isNotEmpty()
        .allSatisfy(event -> assertThat(event.get("found").getAsBoolean()).isTrue());
    assertThat(Runs.column(noisy, "mask")).isEqualTo(Runs.column(plain, "mask"));
    assertThat(Runs.found(noisy)).containsExactly(false);
  }

  @Test
  void problemsOfADeficitAreNamed() {
    assertThatThrownBy(() -> runs.experiment("deficit={ id = blurr }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("deficit.id:", "blurr", "mean blur?", "blur, label-noise");
    assertThatThrownBy(() -> runs.experiment("deficit={ id = blur }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("deficit.until: ", "the first epoch without");
    assertThatThrownBy(() -> runs.experiment("deficit={ id = blur, from = 10, until = 5 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("deficit.until: found epoch 5", "first, 10");
    assertThatThrownBy(
            () -> runs.experiment("deficit={ id = blur, until = 5, factor = 1, form = 1 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "deficit.factor: found 1, allowed is [2, inf)",
            "deficit.form: ",
            "unknown key",
            "mean from?");
    assertThatThrownBy(
            () -> runs.experiment("deficit={ id = label-noise, until = 5, fraction = 0 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("deficit.fraction: found 0, allowed is (0, 1]");
  }

  @Test
  void anOldKeyNamesTheNewOne() {
    assertThatThrownBy(() -> runs.experiment("deficit={ kind = blur, until = 5 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("deficit.kind: found an old key, allowed is deficit.id");
    assertThatThrownBy(() -> runs.experiment("deficit={ id = blur, kind = blur, until = 5 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("deficit.kind: found an old key, allowed is deficit.id");
    assertThatThrownBy(() -> runs.experiment("method.dense=false"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("method.dense: found an old key, allowed is controls = [ dense ]");
  }

  @Test
  void aBlurOfWhatIsNoImageIsRefusedBeforeAnythingIsWritten() throws IOException {
    Runs plane = new Runs(root, new Plane());
    assertThatThrownBy(() -> plane.run("data=null", "data={ id = points }", BLUR))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "deficit.id: found blur", "(2)", "points", "(channels, height, width)", "label-noise");
    assertThat(Runs.files(root)).isEmpty();
  }

  @Test
  void aDeficitThatWouldNeverBeginIsRefused() throws IOException {
    assertThatThrownBy(() -> runs.run("deficit={ id = blur, from = 50, until = 60 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("--set deficit=", "deficit.from: found epoch 50", "a training")
        .message()
        .containsPattern("less than the \\d+ ");
    assertThat(Runs.files(root)).isEmpty();
  }

  @Test
  void variantsThatDifferInTheDeficitShareTheData() throws IOException {
    LOADED.set(0);
    Path run =
        new Runs(root, new Plane())
            .run(
                "data=null",
                "data={ id = points }",
                ROUND,
                "variants.none={}",
                "variants.short.deficit={ id = label-noise, until = 2 }",
                "variants.long.deficit={ id = label-noise, until = 4 }");
    assertThat(LOADED).hasValue(1);
    assertThat(Runs.found(run)).hasSize(6).containsOnly(false);
  }
}
