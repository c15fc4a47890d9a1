// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of the section {@code sweep}, for {@code espalier describe}; {@link GridReader} reads
 * them.
 *
 * @param random the number of random draws
 * @param seed the seed of the draws
 * @param choice a distribution
 * @param uniform a distribution
 * @param logUniform a distribution
 */
public record SweepSettings(
    @Setting(
            value =
                "number of random draws, of which none repeats another. Without it, a sweep has a"
                    + " list of values for each key of the experiment, such as method.rounds ="
                    + " [2, 5], and a variant for each combination",
            range = "[1, 10000]")
        Optional<Integer> random,
    @Setting(
            value =
                "seed of the draws, which are the same on every machine; a list is a key of the"
                    + " experiment",
            defaults = "1")
        long seed,
    @Setting(
            "for a key, with random: one of some values: training.batch-size { choice = [60, 120] }")
        List<String> choice,
    @Setting(
            "for a key, with random: numbers between two bounds, whole where the setting is:"
                + " method.rounds { uniform = [3, 10] }")
        List<Double> uniform,
    @Setting(
            "for a key, with random: numbers whose logarithms are uniform:"
                + " training.optimizer.learning-rate { log-uniform = [1e-4, 1e-2] }")
        List<Double> logUniform) {

  /** Creates the settings. */
  public SweepSettings {
    choice = List.copyOf(choice);
    uniform = List.copyOf(uniform);
    logUniform = List.copyOf(logUniform);
  }

  /**
   * The section.
   *
   * @param sweep the section
   */
  public record Section(
      @Setting(
              value =
                  "lists of values by key, such as method.rounds = [2, 5]: a variant for each"
                      + " combination; or random draws, which 'espalier describe sweep' explains",
              defaults = "{}")
          Map<String, Object> sweep) {

    /** Creates a section. */
    public Section {
      sweep = Map.copyOf(sweep);
    }
  }
}
