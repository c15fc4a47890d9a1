// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Retrain.Source;
import dev.espalier.api.train.Retrain.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The method in a program, whose tickets are values. */
class RetrainTest extends MethodContract {

  @Override
  protected Method method() {
    try (Network network = TinyProblem.convolutional()) {
      return new Retrain(source(network), Weights.TRAINED);
    }
  }

  @Override
  protected Plugin plugin() {
    return catalog ->
        catalog
            .method("retrain", Retrain.class, Record.class)
            .finding(Retrain.SOURCE, "Source", "", "The source.")
            .finding(Retrain.COST, "Cost of the source", "", "Whether it is counted.");
  }

  /** Every other weight, drawn by another seed. */
  private static Source source(Network network) {
    Mask mask =
        Mask.of(
            network.layers(),
            (layer, bits) -> {
              for (int i = 0; i < layer.size(); i += 2) {
                bits.set(i);
              }
              return bits;
            });
    State start = network.initial(new Seed(9, 0).stream("init", 0));
    return new Source("mine", 2, mask, start, start.map(x -> x / 2), false);
  }

  private static List<String> refused(Retrain method, Network network) {
    Refusals refusals = new Refusals();
    method.check(network, null, null, refusals);
    return refusals.all().stream().map(Object::toString).toList();
  }

  @Test
  void ofAnotherNetworkEachShapeIsRefusedWithItsOwn() {
    try (Network linear = TinyProblem.linear();
        Network convolutional = TinyProblem.convolutional()) {
      assertThat(refused(new Retrain(source(linear), Weights.FRESH), linear)).isEmpty();
      assertThat(refused(new Retrain(source(linear), Weights.START), convolutional))
          .anyMatch(text -> text.startsWith("mine.mask: found Layer[name=fc.weight, shape=(8, 16)"))
          .anyMatch(text -> text.contains("allowed is Layer[name=fc.weight, shape=(5, 8)"))
          .anyMatch(
              text -> text.equals("mine.out.weight: found shape (3, 8), allowed is shape (3, 5)"))
          .anyMatch(text -> text.contains("none of [conv.weight]"));
    }
  }

  @Test
  void ofAMaskAloneTheWeightsAreThoseOfTheTrialAndNoneAreTrained() {
    try (Network linear = TinyProblem.linear()) {
      Mask mask = source(linear).mask();
      Source bare = new Source("bare", 1, mask, State.EMPTY, State.EMPTY, false);
      assertThat(refused(new Retrain(bare, Weights.START), linear)).isEmpty();
      assertThat(refused(new Retrain(bare, Weights.TRAINED), linear))
          .containsExactly(
              "bare.trained: found no trained weights, allowed is some for weights = trained");
    }
  }

  @Test
  void layersOfTheMaskHaveTheShapesOfTheNetwork() {
    try (Network linear = TinyProblem.linear()) {
      Map<String, Tensor> none = new LinkedHashMap<>();
      Layer other = new Layer("other.weight", new Shape(1, 1), Layer.Kind.LINEAR);
      Source source =
          new Source("odd", 1, Mask.dense(List.of(other)), State.of(none), State.EMPTY, false);
      assertThat(refused(new Retrain(source, Weights.START), linear))
          .anyMatch(text -> text.contains("found a layer other.weight, allowed is one of [fc."))
          .anyMatch(text -> text.contains("found none of [fc.weight, out.weight]"));
    }
  }
}
