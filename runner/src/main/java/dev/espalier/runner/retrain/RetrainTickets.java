// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.retrain;

import dev.espalier.api.Control;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Digest;
import dev.espalier.api.train.DenseControl;
import dev.espalier.api.train.Retrain;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.results.StepRecord;
import jakarta.inject.Inject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The method {@link Retrain} for tickets of files. */
public final class RetrainTickets implements Method {

  /** The key of the weights in an experiment. */
  private static final String WEIGHTS = "weights";

  /**
   * The settings. Exactly one of {@code ticket} and {@code mask} is given.
   *
   * @param ticket a run, an export, or one ticket
   * @param round the round of the ticket
   * @param branch the branch of the ticket
   * @param variant the variant of the ticket
   * @param mask a file of masks
   * @param rename replaces prefixes of the names in files, the longest first
   * @param weights the weights and the mask to train
   */
  public record Settings(
      @Setting(
              "a run, such as runs/demo-1a2b3c4d, or an export: replicate i trains the tickets of"
                  + " its replicate i. Or the file of one ticket, which all replicates train")
          Optional<String> ticket,
      @Setting(value = "round of the ticket; by default all rounds", range = "[0, inf)")
          Optional<Integer> round,
      @Setting(
              value = "branch of the ticket: ticket, or a network of its method or a control",
              defaults = "ticket")
          String branch,
      @Setting("variant of the ticket, if its run has several") Optional<String> variant,
      @Setting(
              "in place of a ticket, a file of masks in the layout of safetensors or NumPy's npz:"
                  + " arrays of 0 and 1 by the names of weights. The weights are those of the"
                  + " experiment")
          Optional<String> mask,
      @Setting(
              value =
                  "replaces prefixes of the names in the files by others, as rename of"
                      + " model.weights",
              defaults = "{}")
          Map<String, String> rename,
      @Setting(
              value =
                  "start: the weights from before the ticket's training. trained: the weights from"
                      + " after it. fresh: the initial weights of this experiment. shuffled-mask: the"
                      + " start weights under the mask, shuffled in each layer",
              defaults = "start")
          Retrain.Weights weights) {

    /** Creates the settings, with a copy that keeps the order. */
    public Settings {
      rename = Collections.unmodifiableMap(new LinkedHashMap<>(rename));
      Ranges.check(Settings.class, ticket, round, branch, variant, mask, rename, weights);
      if (ticket.isPresent() == mask.isPresent()) {
        throw new RefusedException(
            ticket.isPresent() ? "mask" : "ticket",
            ticket.isPresent() ? "a mask and a ticket" : "neither a ticket nor a mask",
            "one of them",
            "For the weights of a file under another mask, name the file in model.weights");
      }
      if (mask.isPresent() && weights == Retrain.Weights.TRAINED) {
        throw new RefusedException(
            WEIGHTS,
            "trained for a mask, which has no weights",
            "start, fresh or shuffled-mask",
            "Name trained weights in model.weights");
      }
    }
  }

  private final Settings settings;
  private final SourceTickets sources;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public RetrainTickets(Settings settings) {
    this.settings = settings;
    sources = new SourceTickets(settings);
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    sources.check(network, refusals);
  }

  /**
   * Checks the number of replicates, and the dense network of verdicts.
   *
   * @param experiment the experiment
   * @param refusals collects refusals and warnings, by the keys of the method's settings
   */
  public void check(Experiment experiment, Refusals refusals) {
    sources.checkReplicates(experiment.replicates(), refusals);
    boolean isDense = experiment.controls().stream().anyMatch(RetrainTickets::isDense);
    if (settings.weights() == Retrain.Weights.TRAINED && isDense && !sources.hasDense()) {
      refusals.warn(
          WEIGHTS,
          "trained weights, and no dense ticket of round 0",
          "so that verdicts compare them with a dense network that begins untrained",
          "Train round 0 of the run, too, to compare equal trainings");
    }
  }

  private static boolean isDense(Control control) {
    return control instanceof DenseControl;
  }

  @Override
  public void run(Trial trial) {
    new Retrain(replicate -> sources.of(replicate, trial.network()), settings.weights()).run(trial);
  }

  /** The recorded steps behind the tickets of a replicate. */
  public List<StepRecord> steps(int replicate) {
    return sources.steps(replicate);
  }

  /** The digest of the files. */
  public static Digest digest(Settings settings) {
    return new SourceTickets(settings).digest();
  }
}
