// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Findings;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Soft threshold reparametrization, STR: one training in which each layer learns the threshold
 * below which its weights are 0; see {@link SoftThreshold}. Weight decay moves the thresholds up
 * and the weights down. So the density is a result: it depends on the weight decay of the optimizer
 * and on s_init.
 *
 * <p>One ticket, of round 1: it starts from the initial weights, and its mask has the weights that
 * are not 0 at the end. Its trained weights are the effective ones.
 *
 * <p>A. Kusupati, V. Ramanujan, R. Somani, M. Wortsman, P. Jain, S. Kakade, A. Farhadi, "Soft
 * Threshold Weight Reparameterization for Learnable Sparsity", ICML 2020, arXiv:2002.03231, and its
 * public code, whose g is the sigmoid.
 */
public final class SoftThresholdReparametrization implements Method {

  /**
   * The settings.
   *
   * @param sInit s_init
   */
  public record Settings(
      @Setting(
              value =
                  "first s of each layer, whose threshold is sigmoid(s); the public code has -3200"
                      + " for ResNet-50",
              range = "(-inf, inf)")
          double sInit) {

    /** Creates the settings and checks the range. */
    public Settings {
      Ranges.check(Settings.class, sInit);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public SoftThresholdReparametrization(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    Trained trained = trial.train(start, new SoftThreshold(settings.sInit()), plan);
    Mask mask = Mask.nonZero(trial.network().layers(), trained.state());
    // The mask changes at every step, so that the early stop is the end.
    History last = new History(trained.history().points(), plan.total() - 1);
    Trained ended = trained.with(trained.state(), last);
    Ticket ticket = trial.ticket(1, Ticket.TICKET, mask, start, plan, ended);
    trial.publish(ticket.withFindings(findings(mask, trained.variables())));
  }

  private static Map<String, String> findings(Mask mask, State variables) {
    String thresholds =
        mask.layers().stream()
            .filter(layer -> variables.names().contains(SoftThreshold.THRESHOLD + layer.name()))
            .map(
                layer ->
                    String.format(
                        Locale.ROOT,
                        "%s %.3g (%.2f %% kept)",
                        layer.name(),
                        SoftThreshold.g(
                            variables.get(SoftThreshold.THRESHOLD + layer.name()).get(0)),
                        100 * mask.density(layer)))
            .collect(Collectors.joining(", "));
    return new Findings().add("thresholds", thresholds).map();
  }
}
