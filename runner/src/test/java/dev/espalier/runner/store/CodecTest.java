// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {

  private static final Tensor W = Tensor.of(new Shape(2, 2), 0.1f, -0f, Float.MIN_VALUE, 1e30f);
  private static final Tensor B = Tensor.of(new Shape(2), 3, 4);
  private static final Tensor MEAN = Tensor.of(new Shape(2), 5, 6);

  /** Keeps one value of each kind. */
  public record Watch() implements EpochMonitor {

    /** The kinds of values. */
    public record Memory(
        boolean flag,
        int count,
        long iteration,
        List<Float> floats,
        Map<String, Double> doubles,
        String text,
        Layer.Kind kind,
        Optional<Tensor> tensor,
        Optional<Tensor> none,
        List<BitSet> masks,
        State state,
        List<Place> places) {}

    /** A record in a record. */
    public record Place(Integer row, Optional<Place> next) {}

    @Override
    public Class<Memory> memoryType() {
      return Memory.class;
    }

    @Override
    public Memory observe(Network network, Trained trained) {
      throw new AssertionError();
    }
  }

  private static final Watch.Memory MEMORY =
      new Watch.Memory(
          true,
          -3,
          123_456_789_012L,
          List.of(0.1f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, Float.NaN),
          Map.of("third", 1 / 3.0, "least \"of\" all/", Double.MIN_VALUE),
          "\u00fcber\n\"all\"",
          Layer.Kind.OUTPUT,
          Optional.of(W),
          Optional.empty(),
          List.of(bits(), bits(0), bits(3, 7, 8, 200)),
          state("gates", B, "memory/0", MEAN),
          List.of(new Watch.Place(1, Optional.of(new Watch.Place(2, Optional.empty())))));

  private static BitSet bits(int... set) {
    BitSet bits = new BitSet();
    Arrays.stream(set).forEach(bits::set);
    return bits;
  }

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
        new Trained.Running(60, 1 / 3.0, List.of(59.0)),
        history,
        Optional.of(MEMORY));
  }

  private static Trained roundTrip(Trained trained) throws IOException {
    return Codec.trained(
        onDisk(Codec.encode(trained, Map.of("step", "train"))), Watch.Memory.class);
  }

  private static final History HISTORY =
      new History(
          List.of(
              new History.Point(
                  100,
                  new Evaluation(1 / 3.0, List.of(0.5)),
                  Evaluation.NONE,
                  new Evaluation(0.1, List.of(0.2))),
              new History.Point(
                  200,
                  new Evaluation(Double.MIN_VALUE, List.of(0.0)),
                  new Evaluation(Double.MAX_VALUE, List.of(1.0)),
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
  void keepsRandomBitsOfAMemory() throws IOException {
    RandomStream random = new Seed(3, 0).stream("test", 0);
    List<BitSet> masks = new ArrayList<>();
    for (int n = 0; n < 200; n++) {
      BitSet mask = new BitSet();
      for (int i = 0; i < n; i++) {
        mask.set(i, random.nextInt(2) == 1);
      }
      masks.add(mask);
    }
    Trained trained = trained(state("w", W), HISTORY).withMemory(new Bits(masks));
    Safetensors encoded = onDisk(Codec.encode(trained, Map.of()));
    assertThat(MemoryCodec.decode(encoded.metadata().get("memory"), Bits.class, encoded.arrays()))
        .isEqualTo(new Bits(masks));
  }

  /** Many masks. */
  public record Bits(List<BitSet> masks) {}

  @Test
  void aTrainingWithoutMonitorHasNoMemoryOnDisk() {
    Trained trained = trained(state("w", W), HISTORY);
    Trained plain =
        new Trained(
            trained.iteration(),
            trained.state(),
            trained.variables(),
            trained.optimizer(),
            trained.running(),
            trained.history());
    Safetensors encoded = Codec.encode(plain, Map.of());
    assertThat(encoded.metadata()).doesNotContainKey("memory");
    assertThat(encoded.arrays().keySet()).noneMatch(name -> name.startsWith("memory/"));
    assertThat(Codec.trained(encoded, Watch.Memory.class).memory()).isEmpty();
  }

  /** Two components, one of them an array. */
  public record Pair(int number, BitSet bits) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"number\":\"1\"}", // a component is missing
        "{\"number\":\"1\",\"bits\":\"memory/0\",\"more\":\"1\"}",
        "{\"number\":1,\"bits\":\"memory/0\"}", // not a text
        "{\"number\":\"01\",\"bits\":\"memory/0\"}",
        "{\"number\":\"1.5\",\"bits\":\"memory/0\"}",
        "{\"number\":\"1\",\"bits\":\"memory/1\"}", // no such array
        "{\"number\":\"1\",\"bits\":\"w\"}", // an array that is not the memory's
        "{\"number\":\"1\",\"number\":\"1\",\"bits\":\"memory/0\"}",
        "[]"
      })
  void aMemoryThatIsNotExactlyOfItsTypeIsRefused(String json) {
    assertThatThrownBy(() -> MemoryCodec.decode(json, Pair.class, arrays("memory/0", "w")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("memory of type " + Pair.class.getName());
  }

  @Test
  void arraysThatAMemoryDoesNotNameAreRefused() {
    String json = "{\"number\":\"1\",\"bits\":\"memory/0\"}";
    assertThat(MemoryCodec.decode(json, Pair.class, arrays("memory/0", "w")))
        .isEqualTo(new Pair(1, bits(0, 2)));
    assertThatThrownBy(() -> MemoryCodec.decode(json, Pair.class, arrays("memory/0", "memory/1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("memory/1");
  }

  private static Map<String, Safetensors.Array> arrays(String... names) {
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    for (String name : names) {
      arrays.put(name, new Safetensors.Array("U8", new Shape(1), ByteBuffer.wrap(new byte[] {5})));
    }
    return arrays;
  }

  /** A component of a type that is not stored. */
  public record Unstored(Object thing) {}

  @Test
  void aMemoryOfOtherTypesIsRefusedWhereItIsWritten() {
    assertThatThrownBy(() -> MemoryCodec.encode(new Unstored("text"), new LinkedHashMap<>()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Object");
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
