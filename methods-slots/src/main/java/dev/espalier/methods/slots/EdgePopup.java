// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.OneEach;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import jakarta.inject.Inject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Edge-popup: finds a sub-network of a random network that is never trained. Each weight has a
 * trained score. The network uses the weights of the highest scores, by magnitude, and 0 in place
 * of the others. With W the random weights, m the mask of the fraction k of each layer, and s the
 * scores: w_eff = W * m(|s|), dL/ds = sign(s) * W * dL/dw_eff.
 *
 * <p>One ticket, of round 1: the sub-network of the last scores. Its initial state is the result of
 * the search, W with the running statistics of batch norm. Its plan is empty, because no weight is
 * trained. The controls are untrained too, and near chance: {@code reinit} applies the mask to
 * other random weights, with fresh statistics and never scaled, {@code shuffle} a shuffled one on
 * the same weights.
 *
 * <p>Source: Ramanujan, Wortsman, Kembhavi, Farhadi and Rastegari, CVPR 2020, arXiv:1911.13299. Its
 * networks have neither biases nor scales and shifts in batch norm; those of a network that has
 * them keep their first values. Its code calls the fraction kept {@code prune_rate}, and its scaled
 * initialisers use it as the fraction removed, which is equal only at 0.5. In Espalier it is always
 * the fraction kept.
 */
public final class EdgePopup implements Method {

  /**
   * The settings.
   *
   * @param keep k
   * @param scope the division of the kept weights among layers
   * @param scaleFan whether W is multiplied by 1 / sqrt(k)
   */
  public record Settings(
      @Setting(
              value = "k, fraction of the weights kept; 1 is the whole random network",
              defaults = "0.5",
              range = "[0, 1]")
          double keep,
      @Setting(
              value = "division of the kept weights among layers; the paper's is layer",
              defaults = "layer")
          Scope scope,
      @Setting(
              value =
                  "whether weights are multiplied by 1 / sqrt(k): the paper's scaled"
                      + " initialisers",
              defaults = "false")
          boolean scaleFan) {

    /** Creates the settings and checks the range. */
    public Settings {
      Ranges.check(Settings.class, keep, scope, scaleFan);
      if (scaleFan && keep == 0) {
        throw new RefusedException("scale-fan", "true with keep 0", "true with a keep above 0");
      }
    }

    /**
     * Creates settings as in the paper: a ranking for each layer, and unscaled weights.
     *
     * @param keep k
     */
    public Settings(double keep) {
      this(keep, Scope.layer(), false);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public EdgePopup(Settings settings) {
    this.settings = settings;
  }

  /**
   * Refuses a global ranking that must leave a layer empty, and a density that the scope cannot
   * divide. In layer scope each layer keeps at least one weight. keep = 0 is accepted, because its
   * effect is explicit.
   */
  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    double k = settings.keep();
    if (settings.scope().isGlobal() && k > 0) {
      OneEach weights = OneEach.weights(network, network.layers());
      int n = Math.toIntExact(weights.total());
      String allowed = "0 in global scope, or at least " + weights.leastKept();
      weights.check("keep", k, n - Subnetwork.removed(k, n), allowed, refusals);
    }
    refusals.collect(() -> settings.scope().densities(network.layers(), k));
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    State w = weights(trial.network(), start);
    Subnetwork subnetwork = new Subnetwork(w, settings.keep(), settings.scope(), trial.seed());
    Trained trained = trial.train(start.with(w), subnetwork, plan);
    Mask mask = subnetwork.mask(trial.network(), trained.variables());
    State found = trained.state().with(w);
    trial.publish(trial.ticket(1, Ticket.TICKET, mask, found, plan.untrained(), trained));
  }

  /** Returns W: the drawn weights, scaled or not. */
  private State weights(Network network, State drawn) {
    double scale = settings.scaleFan() ? 1 / Math.sqrt(settings.keep()) : 1;
    Map<String, Tensor> w = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      w.put(layer.name(), drawn.get(layer.name()).map(value -> value * scale));
    }
    return State.of(w);
  }
}
