// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CodecTest {

  private static final Tensor W = Tensor.of(new Shape(2, 2), 0.1f, -0f, Float.MIN_VALUE, 1e30f);
  private static final Tensor B = Tensor.of(new Shape(2), 3, 4);
  private static final Tensor MEAN = Tensor.of(new Shape(2), 5, 6);

  private static Safetensors onDisk(Safetensors content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    content.write(out);
    return Safetensors.read(ByteBuffer.wrap(out.toByteArray()));
  }

  private static State state(Object... namesAndTensors) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTensors.length; i += 2) {
      tensors.put((String) namesAndTensors[i], (Tensor) namesAndTensors[i + 1]);
    }
    return State.of(tensors);
  }

  private static Trained trained(State variables, History history) {
    return new Trained(
        123_456_789_012L,
        state("w", W, "b", B, "mean", MEAN),
        variables,
        state("m/w", B, "step", Tensor.of(new Shape(), 7)),
        new Trained.Running(60, 1 / 3.0, 59),
        history,
        state("masks/0.5/1", B, "distances/0.5/12", Tensor.of(new Shape(), 0.25f)));
  }

  private static Trained roundTrip(Trained trained) throws IOException {
    return Codec.trained(onDisk(Codec.encode(trained, Map.of("step", "train"))));
  }

  private static final History HISTORY =
      new History(
          List.of(
              new History.Point(
                  100, new Evaluation(1 / 3.0, 0.5), Evaluation.NONE, new Evaluation(0.1, 0.2)),
              new History.Point(
                  200,
                  new Evaluation(Double.MIN_VALUE, 0),
                  new Evaluation(Double.MAX_VALUE, 1),
                  Evaluation.NONE)));

  @Test
  void keepsATrainingBitForBit() throws IOException {
    Trained trained = trained(state("w", W, "b", B), HISTORY);
    assertThat(roundTrip(trained)).isEqualTo(trained);
  }

  @Test
  void keepsWhatWasNotMeasuredAsNotANumber() throws IOException {
    History.Point first = roundTrip(trained(state("w", W), HISTORY)).history().points().get(0);
    assertThat(first.validation()).isEqualTo(Evaluation.NONE);
    assertThat(Double.doubleToRawLongBits(first.train().loss()))
        .isEqualTo(Double.doubleToRawLongBits(1 / 3.0));
  }

  @Test
  void keepsTheBeginningOfATraining() throws IOException {
    Trained begun =
        new Trained(
            0, state("w", W), state("w", W), State.EMPTY, Trained.Running.NONE, History.EMPTY);
    assertThat(roundTrip(begun)).isEqualTo(begun);
  }

  @Test
  void keepsVariablesOfTheirOwn() throws IOException {
    // "b" has the name of a parameter, but other values; "gate" is no parameter at all.
    Trained trained = trained(state("w", W, "b", MEAN, "gate", B), HISTORY);
    assertThat(roundTrip(trained)).isEqualTo(trained);
  }

  @Test
  void writesVariablesThatAreParametersOnce() {
    Safetensors shared = Codec.encode(trained(state("w", W, "b", B), HISTORY), Map.of());
    assertThat(shared.arrays().keySet()).noneMatch(name -> name.startsWith("variables/"));
    Safetensors own = Codec.encode(trained(state("w", MEAN, "b", B), HISTORY), Map.of());
    assertThat(own.arrays().keySet().stream().filter(name -> name.startsWith("variables/")))
        .containsExactly("variables/w");
  }

  @Test
  void theOrderOfVariablesIsKept() throws IOException {
    Trained trained = trained(state("gate", MEAN, "w", W, "b", B), HISTORY);
    assertThat(roundTrip(trained).variables().names()).containsExactly("gate", "w", "b");
  }

  @Test
  void keepsProvenanceBesideTheArrays() throws IOException {
    Safetensors encoded =
        onDisk(Codec.encode(trained(state("w", W), HISTORY), Map.of("seconds", "1.5")));
    assertThat(encoded.metadata()).containsEntry("seconds", "1.5");
  }

  @Test
  void keepsMasksBitForBit() throws IOException {
    List<Layer> layers =
        List.of(
            new Layer("a", new Shape(3, 7), Layer.Kind.LINEAR),
            new Layer("b", new Shape(5, 2), Layer.Kind.OUTPUT),
            new Layer("empty", new Shape(4, 4), Layer.Kind.LINEAR));
    Mask mask =
        Mask.of(
            layers,
            (layer, bits) -> {
              for (int i = 0; i < layer.size() && !layer.name().equals("empty"); i += 3) {
                bits.set(i);
              }
              return bits;
            });
    assertThat(Codec.mask(onDisk(Codec.encode(mask, Map.of())), layers)).isEqualTo(mask);
  }
}
