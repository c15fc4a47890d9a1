// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import ai.djl.Device;
import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.PassListener;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A network of the reference results, its start, its data, and the seed of the rows. */
record Subject(
    ReferenceNetwork reference, Network network, State start, Data data, TrainingEngine engine)
    implements AutoCloseable {

  /** The seed whose draws are the rows of the reference results. */
  static final Seed SEED = new Seed(7, 0);

  /**
   * Scores and the rows that the criterion read.
   *
   * @param scores the scores
   * @param rows the rows of each batch
   */
  record Scored(Scores scores, List<List<Integer>> rows) {}

  static Subject of(ReferenceNetwork reference) {
    try {
      Data data = reference.data();
      Network network = reference.model().build(data.task());
      State start = Reference.state(reference.file + "-start", "");
      if (!start.names().equals(network.parameters().keySet())) {
        throw new IllegalStateException(start.names() + " for " + network.parameters().keySet());
      }
      TrainingEngine engine = new TrainingEngine(network, data, Device.cpu());
      return new Subject(reference, network, start, data, engine);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Mask dense() {
    return Mask.dense(network.layers());
  }

  Mask mask(String file, String name) {
    return Reference.mask(file, name, network.layers());
  }

  /** Scores the start under a mask. */
  Scored score(Criterion criterion, Mask alive) {
    return score(criterion, new Weights(start, start, alive));
  }

  /** Scores weights. */
  Scored score(Criterion criterion, Weights weights) {
    List<List<Integer>> rows = new ArrayList<>();
    PassListener listener =
        new PassListener() {
          @Override
          public void looked(int... read) {
            rows.add(Arrays.stream(read).boxed().toList());
          }

          @Override
          public void passed(long examples, int derivatives) {}
        };
    Scores scores =
        Scoring.of(
                new Trial.Context(network, SEED, Set.of()),
                data,
                weights,
                (scoring, state, precision, batchNorm) ->
                    engine.at(scoring, state, precision, batchNorm, listener))
            .by(criterion);
    return new Scored(scores, rows);
  }

  @Override
  public void close() {
    engine.close();
    network.close();
  }
}
