// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.Findings;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apiguardian.api.API;

/**
 * Trains tickets that were found before: on the data of this trial, with its optimizer, for the
 * whole of its timetable. With other data it is the transfer of tickets; with {@link
 * Weights#TRAINED} it is fine-tuning.
 *
 * <p>A new ticket has the round of its source. It begins at iteration 0 with an empty optimizer,
 * also if the source was rewound to a later iteration.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Retrain implements Method {

  /** The weights and the mask to train. */
  public enum Weights {
    /** The start weights of the source under its mask. */
    START,
    /** The trained weights of the source under its mask. */
    TRAINED,
    /** The initial weights of the trial under the mask of the source. */
    FRESH,
    /**
     * The start weights of the source under its mask, shuffled within each layer as by {@link
     * ShuffleControl}.
     */
    SHUFFLED_MASK
  }

  /**
   * A ticket that was found before.
   *
   * @param name its name in findings
   * @param round its round
   * @param mask its mask
   * @param start its weights before training; empty to start from the initial weights of the trial
   * @param trained its weights after training; empty if they are unknown
   * @param isCosted whether the origins of these values include all steps that found the ticket
   */
  public record Source(
      String name, int round, Mask mask, State start, State trained, boolean isCosted) {}

  /** The finding with the name of the source. */
  public static final String SOURCE = "source";

  /** The finding about the cost of the source in the ledger. */
  public static final String COST = "cost-of-source";

  /** The value of {@link #COST} if the ledger has the steps behind the source. */
  public static final String COUNTED = "counted";

  private static final String NOT_COUNTED = "unknown, not counted";

  private final IntFunction<List<Source>> sources;
  private final Weights weights;

  /**
   * Creates the method.
   *
   * @param sources returns the tickets of a replicate, each of another round
   * @param weights the weights and the mask to train
   */
  public Retrain(IntFunction<List<Source>> sources, Weights weights) {
    this.sources = sources;
    this.weights = weights;
  }

  /**
   * Creates the method for one ticket, which all replicates train.
   *
   * @param source the ticket
   * @param weights the weights and the mask to train
   */
  public Retrain(Source source, Weights weights) {
    this(replicate -> List.of(source), weights);
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    sources.apply(0).forEach(source -> check(source, network, refusals));
  }

  /** Refuses everything of a source that does not fit a network, with both shapes. */
  private void check(Source source, Network network, Refusals refusals) {
    Refusals inner = refusals.within(source.name());
    Map<String, Layer> missing = new LinkedHashMap<>();
    network.layers().forEach(layer -> missing.put(layer.name(), layer));
    Map<String, Layer> prunable = new LinkedHashMap<>(missing);
    network.biases().forEach(layer -> prunable.put(layer.name(), layer));
    for (Layer layer : source.mask().layers()) {
      Layer own = prunable.get(layer.name());
      missing.remove(layer.name());
      if (own == null) {
        inner.add("mask", "a layer " + layer.name(), "one of " + prunable.keySet());
      } else if (!own.equals(layer)) {
        inner.add("mask", layer, own.toString());
      }
    }
    if (!missing.isEmpty()) {
      inner.add("mask", "none of " + missing.keySet(), "one of each layer of the network");
    }
    state(source).tensors().forEach((name, tensor) -> network.check(name, tensor.shape(), inner));
    if (weights == Weights.TRAINED && source.trained().equals(State.EMPTY)) {
      inner.add("trained", "no trained weights", "some for weights = trained");
    }
  }

  /** The values that replace initial weights of the trial. */
  private State state(Source source) {
    return switch (weights) {
      case START, SHUFFLED_MASK -> source.start();
      case TRAINED -> source.trained();
      case FRESH -> State.EMPTY;
    };
  }

  @Override
  public void run(Trial trial) {
    for (Source source : sources.apply(trial.seed().replicate())) {
      int round = source.round();
      Mask mask =
          weights == Weights.SHUFFLED_MASK
              ? source.mask().shuffled(trial.seed().stream("shuffle", round))
              : source.mask();
      State start = trial.initial().with(state(source));
      trial.publish(
          trial
              .ticket(round, mask, start, trial.plan())
              .withFindings(
                  new Findings()
                      .add(SOURCE, source.name())
                      .add(COST, source.isCosted() ? COUNTED : NOT_COUNTED)
                      .map()));
    }
  }
}
