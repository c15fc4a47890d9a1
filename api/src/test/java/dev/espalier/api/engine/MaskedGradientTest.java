// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Multiplying the weights by the mask after a step makes masking the gradient needless. */
class MaskedGradientTest {

  private static final Seed SEED = new Seed(5, 0);

  static List<Optimizer> optimizers() {
    return List.of(
        new Sgd(0.1),
        new Sgd(0.1, 0.9, false, 1e-3, List.of()),
        new Sgd(0.1, 0.9, true, 1e-3, List.of()),
        new Adam(0.01),
        new AdamW(0.01, 0.9, 0.999, 1e-8, 0.01, List.of()));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void livingWeightsGetTheBitsOfAMaskedGradientAndDeadOnesAreZeroDespiteCarriedMomentum(
      Optimizer optimizer) {
    Plan plan =
        Plan.of(
            new Training(
                optimizer,
                new Constant(),
                Span.iterations(0),
                16,
                Span.iterations(20),
                Span.iterations(20)),
            64);
    NamedBlocks block =
        new NamedBlocks()
            .add("fc1", Linear.builder().setUnits(12).build())
            .add(Activation.reluBlock())
            .add("fc2", Linear.builder().setUnits(3).build());
    try (Network network = Network.builder("small", block, new Shape(20)).build();
        TrainingEngine engine = new TrainingEngine(network, data(), Device.cpu())) {
      State start = network.initial(SEED.stream("init", 0));
      Parametrization dense = Parametrization.dense();
      Trained before =
          engine.train(
              SEED,
              Trained.begin(network, start, dense, 0),
              dense,
              plan.until(5),
              TrainingListener.NONE);
      RandomStream random = SEED.stream("mask", 0);
      Mask mask =
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                random.ints(layer.size() / 3, 0, layer.size()).forEach(bits::set);
                return bits;
              });
      State pruned = mask.apply(before.state());
      Trained from =
          new Trained(5, pruned, pruned, before.optimizer(), before.running(), before.history());
      State once =
          engine
              .train(SEED, from, Parametrization.masked(mask), plan.from(5), TrainingListener.NONE)
              .state();
      State twice =
          engine
              .train(SEED, from, new BothMasked(mask), plan.from(5), TrainingListener.NONE)
              .state();
      assertThat(once).isEqualTo(mask.apply(once)).isEqualTo(twice).isNotEqualTo(pruned);
    }
  }

  /** Masks gradients and weights. */
  private record BothMasked(Mask mask) implements Parametrization {

    @Override
    public State variables(Network network, State start) {
      return Parametrization.masked(mask).variables(network, start);
    }

    @Override
    public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
      Parametrization.OnDevice masked = Parametrization.masked(mask).on(network, state, manager);
      return new Parametrization.OnDevice() {
        @Override
        public Map<String, NDArray> forward(Map<String, NDArray> variables) {
          return masked.forward(variables);
        }

        @Override
        public void pullback(
            Map<String, NDArray> variables,
            Map<String, NDArray> gradients,
            BiConsumer<String, NDArray> update) {
          mask.layers().forEach(layer -> gradients.get(layer.name()).muli(mask.on(layer, manager)));
          masked.pullback(variables, gradients, update);
        }

        @Override
        public void project(Map<String, NDArray> variables) {
          masked.project(variables);
        }
      };
    }
  }

  private static Data data() {
    byte[] pixels = new byte[64 * 20];
    SEED.stream("pixels", 0).nextBytes(pixels);
    int[] labels = SEED.stream("labels", 0).ints(64, 0, 3).toArray();
    Examples train = Examples.ofBytes(ByteBuffer.wrap(pixels), new Shape(20), labels);
    Examples none = Examples.ofBytes(ByteBuffer.allocate(0), new Shape(20));
    return new Data("noise", train, none, none, Normalisation.NONE, 3);
  }
}
