// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.Device;
import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * A trial in memory, for programs that use one method module, and for tests. It computes every step
 * at each call, and keeps only the tickets.
 *
 * <pre>{@code
 * try (LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
 *   new IterativeMagnitudePruning(settings).run(trial);
 *   trial.tickets().forEach(ticket -> System.out.println(ticket.mask().density()));
 * }
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class LocalTrial extends Trial implements AutoCloseable {

  private final TrainingEngine engine;
  private final List<Ticket> tickets;

  /**
   * Creates a trial on the CPU.
   *
   * @param network the network; the caller closes it
   * @param data the data set
   * @param training the settings of the training
   * @param seed the source of all randomness
   */
  public LocalTrial(Network network, Data data, Training training, Seed seed) {
    this(network, data, training, seed, Device.cpu());
  }

  /**
   * Creates a trial on a device.
   *
   * @param network the network; the caller closes it
   * @param data the data set
   * @param training the settings of the training
   * @param seed the source of all randomness
   * @param device the device of all arrays
   */
  public LocalTrial(Network network, Data data, Training training, Seed seed, Device device) {
    this(
        new Context(network, seed, Set.of()),
        Plan.of(training, data.train().size()),
        data,
        new TrainingEngine(network, data, device),
        new ArrayList<>());
  }

  private LocalTrial(
      Context context, Plan plan, Data data, TrainingEngine engine, List<Ticket> tickets) {
    super(context, plan, new LocalSteps(data, engine), (ticket, trial) -> tickets.add(ticket));
    this.engine = engine;
    this.tickets = tickets;
  }

  /**
   * Returns the tickets published so far, including those of other networks.
   *
   * @return a copy, in the order of publication
   */
  public List<Ticket> tickets() {
    return List.copyOf(tickets);
  }

  /** Frees the arrays on the device. */
  @Override
  public void close() {
    engine.close();
  }

  /** The computation of steps; it numbers them, so that masks and states derive from them. */
  private static final class LocalSteps implements Steps {

    private final Data data;
    private final TrainingEngine engine;
    private int steps;

    LocalSteps(Data data, TrainingEngine engine) {
      this.data = data;
      this.engine = engine;
    }

    private Set<Digest> next() {
      return Set.of(Digest.of("step", steps++));
    }

    @Override
    public Trained train(
        Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor) {
      Trained trained =
          engine
              .withNetwork(context.network())
              .train(context.order(), start, parametrization, plan, monitor, TrainingListener.NONE);
      return plan.isEmpty() ? trained : trained.derivedFrom(next());
    }

    @Override
    public Scores score(Context context, Criterion criterion, Weights weights) {
      return Scoring.of(context, data, weights, engine.withNetwork(context.network()))
          .by(criterion);
    }

    @Override
    public Mask prune(Context context, Pruning pruning, int from, int to, Weights weights) {
      return Steps.super.prune(context, pruning, from, to, weights).derivedFrom(next());
    }

    @Override
    public State statistics(Context context, State state, Plan plan) {
      return engine
          .withNetwork(context.network())
          .statistics(context.order(), state, plan)
          .derivedFrom(next());
    }

    @Override
    public Data data() {
      return data;
    }

    @Override
    public Analysis analyse(Network network, Mask mask) {
      return engine.withNetwork(network).analyse(mask);
    }
  }
}
