// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Schedule;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A schedule that removes the same fraction p of the remaining weights in every round: density (1 -
 * p)^round. Each kind of layer has a rate p (LTH paper, Figure 2). At a rate of 0, the layers of a
 * kind stay whole and are not in a global ranking.
 *
 * @param rate p of linear layers, and of every kind whose rate is empty
 * @param outputRate p of the output layer; half the rate if empty, as in the LTH paper
 * @param convolutionRate p of convolutions; the rate if empty
 * @param shortcutRate p of 1x1 shortcuts; that of convolutions if empty
 */
public record Geometric(
    @Setting(
            value = "fraction of the remaining weights that a round removes",
            defaults = "0.2",
            range = "[0, 1)")
        double rate,
    @Setting(value = "the same for the output layer; by default half of rate", range = "[0, 1)")
        Optional<Double> outputRate,
    @Setting(value = "the same for convolutions; by default rate", range = "[0, 1)")
        Optional<Double> convolutionRate,
    @Setting(
            value = "the same for 1x1 shortcuts; by default that of convolutions",
            range = "[0, 1)")
        Optional<Double> shortcutRate)
    implements Schedule {

  /** Creates the schedule and checks the ranges. */
  public Geometric {
    Ranges.check(Geometric.class, rate, outputRate, convolutionRate, shortcutRate);
    if (rate == 0
        && Stream.of(outputRate, convolutionRate, shortcutRate).allMatch(p -> p.orElse(0.0) == 0)) {
      throw new RefusedException("rate", "0 for every kind of layer", "at least one above 0");
    }
  }

  /**
   * Creates a schedule with one rate for the output layer and one for all others.
   *
   * @param rate p of all layers but the output
   * @param outputRate p of the output layer
   */
  public Geometric(double rate, double outputRate) {
    this(rate, Optional.of(outputRate), Optional.empty(), Optional.empty());
  }

  @Override
  public double density(int round, Layer.Kind kind) {
    double p =
        switch (kind) {
          case LINEAR, BIAS -> rate;
          case OUTPUT -> outputRate.orElse(rate / 2);
          case CONVOLUTION -> convolutionRate.orElse(rate);
          case SHORTCUT -> shortcutRate.orElse(convolutionRate.orElse(rate));
        };
    return Math.pow(1 - p, round);
  }
}
