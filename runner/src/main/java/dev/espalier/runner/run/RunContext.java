// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Plan;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.store.Store;

/**
 * The objects that all replicates of an experiment share.
 *
 * @param experiment the experiment
 * @param network its network
 * @param start the starting weights of a file; empty if all are drawn
 * @param data the data set
 * @param engine trains on the data
 * @param steps finds steps in the store, or computes them
 * @param events notes steps
 * @param progress shows steps
 * @param interruption ends a run early
 * @param binder writes settings as a configuration does
 */
record RunContext(
    Experiment experiment,
    Network network,
    State start,
    Data data,
    TrainingEngine engine,
    SharedSteps steps,
    EventLog events,
    Progress progress,
    Interruption interruption,
    Binder binder) {

  /** The store of steps and their checkpoints. */
  Store store() {
    return steps.store();
  }

  /** The whole timetable of one training. */
  Plan plan() {
    return Plan.of(experiment.training(), data.train().size());
  }

  void checkInterruption() {
    if (interruption.asked()) {
      throw new Interruption.Interrupted();
    }
  }
}
