// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Metric;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ThirdPartyObjectiveTest {
  record AbsoluteError() implements Objective {
    @Override
    public List<Metric> metrics(int classes) {
      return List.of(new Metric("absolute-error", "", Metric.Direction.LOWER, 0.01));
    }

    @Override
    public Shape output(Shape target, int classes) {
      return target;
    }

    @Override
    public NDArray losses(NDArray outputs, NDArray targets) {
      return outputs.sub(targets).abs().mean(new int[] {1});
    }

    @Override
    public List<Double> values(double loss, List<Double> scores, Examples examples) {
      return List.of(loss);
    }
  }

  @Test
  void anOutlierDoesNotMoveTheMedian() {
    Shape one = new Shape(1);
    Rows y = Rows.ofFloats(new float[] {3, 6, 9, 12, 90}, one); // 3 x but for the last
    Examples all = new Examples(Rows.ofFloats(new float[] {1, 2, 3, 4, 5}, one), y);
    Inputs inputs = Inputs.of(one, Normalisation.NONE);
    Data data = new Data("line", all, all, all, inputs, 0, new AbsoluteError(), Optional.empty());
    Span t = Span.iterations(400);
    Training training = new Training(new Adam(0.1), new Cosine(), Span.epochs(0), 5, t, t);
    try (Network line = Network.builder("l", Linear.builder().setUnits(1).build(), one).build();
        LocalTrial trial = new LocalTrial(line, data, training, new Seed(1, 0))) {
      Trained trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      assertThat(trained.state().get("weight").get(0)).isBetween(2.9f, 3.1f);
    }
  }
}
