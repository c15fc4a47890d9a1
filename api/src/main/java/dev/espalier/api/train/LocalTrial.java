// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.Device;
import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.List;

/**
 * A trial in memory: does every step when it is asked for, and remembers nothing but the tickets.
 * For programs that use one method module, and for tests.
 */
public final class LocalTrial implements Trial, AutoCloseable {

  private final Network network;
  private final Data data;
  private final Plan plan;
  private final Seed seed;
  private final TrainingEngine engine;
  private final List<Ticket> tickets;

  /**
   * A trial on the CPU.
   *
   * @param network the network; stays the caller's
   * @param data the data set
   * @param training how to train
   * @param seed where randomness comes from
   */
  public LocalTrial(Network network, Data data, Training training, Seed seed) {
    this(network, data, training, seed, Device.cpu());
  }

  /**
   * A trial on a device.
   *
   * @param network the network; stays the caller's
   * @param data the data set
   * @param training how to train
   * @param seed where randomness comes from
   * @param device where all arrays are made
   */
  public LocalTrial(Network network, Data data, Training training, Seed seed, Device device) {
    this.network = network;
    this.data = data;
    this.seed = seed;
    plan = Plan.of(training, data.train().size());
    engine = new TrainingEngine(network, data, device);
    tickets = new ArrayList<>();
  }

  private LocalTrial(Network network, Seed seed, TrainingEngine engine, LocalTrial other) {
    this.network = network;
    this.seed = seed;
    this.engine = engine;
    data = other.data;
    plan = other.plan;
    tickets = other.tickets;
  }

  /**
   * The tickets published so far, those of other networks among them.
   *
   * @return a copy, in order
   */
  public List<Ticket> tickets() {
    return List.copyOf(tickets);
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Seed seed() {
    return seed;
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan stretch, EpochMonitor observer) {
    return engine.train(seed, from, parametrization, stretch, observer, TrainingListener.NONE);
  }

  @Override
  public Trial on(Network other, State... found) {
    return new LocalTrial(other, seed, engine.on(other), this);
  }

  @Override
  public Trial seeded(Seed other) {
    return new LocalTrial(network, other, engine, this);
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    return criterion.score(
        Scoring.of(network, data, seed, new Scoring.Candidates(start, state, mask), engine));
  }

  @Override
  public Analysis analyse(Mask mask) {
    return engine.analyse(mask);
  }

  @Override
  public Analysis inspect(Mask mask) {
    return engine.analyse(mask);
  }

  @Override
  public void publish(Ticket ticket) {
    tickets.add(ticket);
  }

  /** Frees what the trial holds on its device. */
  @Override
  public void close() {
    engine.close();
  }
}
