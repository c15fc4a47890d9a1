// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import ai.djl.Device;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Constant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A training from the start of a subject.
 *
 * @param losses the loss of each step, before its update
 * @param end the position at its end
 */
record Trajectory(List<Double> losses, Trained end) {

  private static final int BATCH = 64;

  static Trajectory of(
      Subject subject,
      Parametrization parametrization,
      Optimizer optimizer,
      double smoothing,
      int steps) {
    Training training =
        new Training(
            optimizer,
            new Constant(),
            Span.iterations(0),
            BATCH,
            Span.iterations(10_000),
            Span.iterations(10_000));
    Plan plan = Plan.of(training, subject.data().train().size()).until(steps);
    double[] sums = new double[steps + 1];
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public boolean step(long iteration) {
            return true;
          }

          @Override
          public void checkpoint(Trained sofar) {
            sums[(int) sofar.iteration()] = sofar.running().loss();
          }
        };
    Trained begin = Trained.begin(subject.network(), subject.start(), parametrization, 0);
    Data data =
        subject.data().withObjective(new Classification(smoothing, Classification.Choice.ACCURACY));
    Trained end;
    try (TrainingEngine engine = new TrainingEngine(subject.network(), data, Device.cpu())) {
      end = engine.train(Subject.SEED, begin, parametrization, plan, listener);
    }
    sums[steps] = end.running().loss();
    List<Double> losses =
        IntStream.range(0, steps).mapToObj(i -> (sums[i + 1] - sums[i]) / BATCH).toList();
    return new Trajectory(losses, end);
  }
}
