// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Plan;
import dev.espalier.api.state.State;

/** The parts of a training that go back to iteration k before a level is trained again. */
public enum Rewind {
  /** Weights and learning rate. */
  WEIGHTS,
  /** The learning rate; the weights are the trained ones. */
  LEARNING_RATE,
  /** Neither; the rate is the last one of the schedule. */
  FINE_TUNING;

  State start(State theta, State trained) {
    return this == WEIGHTS ? theta : trained;
  }

  Plan retraining(Plan stretch) {
    return this == FINE_TUNING ? LastRate.of(stretch) : stretch;
  }
}
