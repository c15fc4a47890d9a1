// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import org.apiguardian.api.API;

/** A trial that does all that another does, to be extended by one that looks on or steps in. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class ForwardingTrial implements Trial {

  private final Trial trial;

  /**
   * A trial in front of another.
   *
   * @param trial does what is not overridden
   */
  protected ForwardingTrial(Trial trial) {
    this.trial = trial;
  }

  @Override
  public Network network() {
    return trial.network();
  }

  @Override
  public Plan plan() {
    return trial.plan();
  }

  @Override
  public Seed seed() {
    return trial.seed();
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan plan, EpochMonitor observer) {
    return trial.train(from, parametrization, plan, observer);
  }

  /** The other's trial of that network, in front of which nothing stands. */
  @Override
  public Trial on(Network network, State... found) {
    return trial.on(network, found);
  }

  /** The other's trial with that seed, in front of which nothing stands. */
  @Override
  public Trial seeded(Seed seed) {
    return trial.seeded(seed);
  }

  @Override
  public Mask prune(Pruning how, int from, int round, State start, State state, Mask alive) {
    return trial.prune(how, from, round, start, state, alive);
  }

  @Override
  public Analysis analyse(Mask mask) {
    return trial.analyse(mask);
  }

  @Override
  public Analysis inspect(Mask mask) {
    return trial.inspect(mask);
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    return trial.score(criterion, start, state, mask);
  }

  @Override
  public void publish(Ticket ticket) {
    trial.publish(ticket);
  }
}
