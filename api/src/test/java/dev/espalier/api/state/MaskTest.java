// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer.Kind;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MaskTest {

  private final Layer a = new Layer("a.weight", new Shape(2, 3), Kind.LINEAR);
  private final Layer b = new Layer("b.weight", new Shape(5), Kind.OUTPUT);
  private final List<Layer> layers = List.of(a, b);

  @Test
  void denseKeepsEverything() {
    Mask dense = Mask.dense(layers);
    assertThat(dense.isDense()).isTrue();
    assertThat(dense.kept()).isEqualTo(11);
    assertThat(dense.density()).isEqualTo(1);
    assertThat(dense.alive(a).cardinality()).isEqualTo(6);
  }

  @Test
  void countsByLayerAndInAll() {
    Mask mask = mask(0b000101, 0b11111);
    assertThat(mask.kept(a)).isEqualTo(2);
    assertThat(mask.kept(b)).isEqualTo(5);
    assertThat(mask.kept()).isEqualTo(7);
    assertThat(mask.size()).isEqualTo(11);
    assertThat(mask.density(a)).isEqualTo(2.0 / 6);
    assertThat(mask.density()).isEqualTo(7.0 / 11);
    assertThat(mask.isDense()).isFalse();
    assertThat(mask.keeps(a, 0)).isTrue();
    assertThat(mask.keeps(a, 1)).isFalse();
  }

  @Property
  void isWithinMeansNoWeightIsRevived(@ForAll byte aOld, @ForAll byte bOld, @ForAll byte aNew) {
    Mask old = mask(aOld & 63, bOld & 31);
    Mask young = mask(aNew & 63, bOld & 31);
    assertThat(young.isWithin(old)).isEqualTo((aNew & 63 & ~aOld) == 0);
    assertThat(old.isWithin(old)).isTrue();
    assertThat(old.isWithin(Mask.dense(layers))).isTrue();
  }

  @Test
  void isWithinLooksAtEveryLayer() {
    assertThat(mask(0b000001, 0b00011).isWithin(mask(0b000001, 0b00001))).isFalse();
  }

  @Property
  void shufflingKeepsTheNumberOfWeightsInEveryLayer(
      @ForAll byte first, @ForAll byte second, @ForAll long seed) {
    Mask mask = mask(first & 63, second & 31);
    Mask shuffled = mask.shuffled(new Seed(seed, 0).stream("shuffle", 0));
    for (Layer layer : layers) {
      assertThat(shuffled.kept(layer)).isEqualTo(mask.kept(layer));
    }
  }

  @Test
  void shufflingMovesWeightsAndRepeatsUnderTheSameName() {
    Layer wide = new Layer("w.weight", new Shape(1000), Kind.LINEAR);
    Mask mask =
        Mask.of(
            List.of(wide),
            (layer, bits) -> {
              bits.set(0, 500);
              return bits;
            });
    Mask shuffled = mask.shuffled(new Seed(1, 0).stream("shuffle", 0));
    BitSet stayed = shuffled.alive(wide);
    stayed.and(mask.alive(wide));
    // Half of the 500 stay on average, with a standard deviation of 8 (hypergeometric).
    assertThat(stayed.cardinality()).isBetween(200, 300);
    assertThat(mask.shuffled(new Seed(1, 0).stream("shuffle", 0))).isEqualTo(shuffled);
  }

  @Test
  void appliesZeroExactlyAndLeavesTheRestBitForBit() {
    Tensor bias = Tensor.of(new Shape(2), -1, 1);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a.weight", Tensor.of(a.shape(), 1, -2, Float.MIN_VALUE, -0.0f, 5, -6));
    tensors.put("a.bias", bias);
    tensors.put("b.weight", Tensor.of(b.shape(), 1, Float.NEGATIVE_INFINITY, Float.NaN, 4, 5));
    State masked = mask(0b101101, 0b00001).apply(State.of(tensors));
    assertThat(masked.names()).containsExactly("a.weight", "a.bias", "b.weight");
    // A new 0 has no sign, whatever it replaces; nor has a kept one, as no tensor has.
    assertThat(masked.get("a.weight"))
        .isEqualTo(Tensor.of(a.shape(), 1, 0, Float.MIN_VALUE, -0.0f, 0, -6));
    assertThat(masked.get("a.bias")).isSameAs(bias);
    assertThat(masked.get("b.weight")).isEqualTo(Tensor.of(b.shape(), 1, 0, 0, 0, 0));
  }

  @Test
  void refusesAStateOfAnotherShape() {
    State state =
        State.of(
            Map.of(
                "a.weight", Tensor.of(new Shape(3, 2), new float[6]),
                "b.weight", Tensor.of(b.shape(), new float[5])));
    assertThatThrownBy(() -> Mask.dense(layers).apply(state))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("a.weight", "(3, 2)", "(2, 3)");
  }

  @Test
  void mixesTwoStatesAndLeavesEithersBits() {
    Tensor bias = Tensor.of(new Shape(2), -1, 1);
    Map<String, Tensor> w = new LinkedHashMap<>();
    w.put(
        "a.weight",
        Tensor.of(a.shape(), Float.NaN, 1, -0.0f, Float.NaN, Float.POSITIVE_INFINITY, 3));
    w.put("a.bias", bias);
    w.put("b.weight", Tensor.of(b.shape(), 1, 2, 3, 4, 5));
    Map<String, Tensor> r = new LinkedHashMap<>();
    r.put("b.weight", Tensor.of(b.shape(), 6, 7, 8, 9, Float.NaN));
    r.put(
        "a.weight",
        Tensor.of(
            a.shape(), 4, Float.NaN, Float.POSITIVE_INFINITY, -0.0f, Float.NaN, Float.MIN_VALUE));
    r.put("a.bias", Tensor.of(new Shape(2), 7, 7));
    r.put("c.weight", Tensor.of(new Shape(1), 7));
    State mixed = mask(0b010101, 0b00011).mix(State.of(w), State.of(r));
    assertThat(mixed.names()).containsExactly("a.weight", "a.bias", "b.weight");
    // By choice, not by products with 0 and 1: these would be NaN. A tensor has no minus zero.
    assertThat(bits(mixed.get("a.weight")))
        .containsExactly(0x7fc00000, 0x7fc00000, 0, 0, 0x7f800000, 1);
    assertThat(mixed.get("a.bias")).isSameAs(bias);
    assertThat(mixed.get("b.weight")).isEqualTo(Tensor.of(b.shape(), 1, 2, 8, 9, Float.NaN));
    assertThat(w.get("b.weight")).isEqualTo(Tensor.of(b.shape(), 1, 2, 3, 4, 5));
    assertThat(r.get("b.weight")).isEqualTo(Tensor.of(b.shape(), 6, 7, 8, 9, Float.NaN));
  }

  private static int[] bits(Tensor tensor) {
    int[] bits = new int[tensor.size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(tensor.get(i));
    }
    return bits;
  }

  @Property
  void theComplementKeepsWhatTheMaskPrunes(@ForAll byte first, @ForAll byte second) {
    Mask mask = mask(first & 63, second & 31);
    Mask other = mask.complement();
    assertThat(other).isEqualTo(mask(~first & 63, ~second & 31));
    assertThat(other.complement()).isEqualTo(mask);
    assertThat(mask.kept() + other.kept()).isEqualTo(mask.size());
    assertThat(mask.density() + other.density()).isCloseTo(1, within(1e-12));
    for (Layer layer : layers) {
      assertThat(mask.density(layer) + other.density(layer)).isCloseTo(1, within(1e-12));
      assertThat(mask.alive(layer).intersects(other.alive(layer))).isFalse();
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void mixingUnderTheComplementIsMixingTheOtherWayRound(
      @ForAll byte first, @ForAll byte second, @ForAll long seed) {
    Mask mask = mask(first & 63, second & 31);
    RandomStream random = new Seed(seed, 0).stream("init", 0);
    State w = drawn(random);
    State r = drawn(random);
    assertThat(mask.complement().mix(r, w)).isEqualTo(mask.mix(w, r));
    assertThat(mask.mix(w, w)).isEqualTo(w);
    assertThat(Mask.dense(layers).mix(w, r)).isEqualTo(w);
    assertThat(mask(0, 0).mix(w, r)).isEqualTo(r);
    assertThat(mask.mix(w, mask(0, 0).apply(w))).isEqualTo(mask.apply(w));
  }

  private State drawn(RandomStream random) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Layer layer : layers) {
      float[] values = new float[layer.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      tensors.put(layer.name(), Tensor.of(layer.shape(), values));
    }
    return State.of(tensors);
  }

  @Test
  void refusesToMixStatesOfAnotherShape() {
    State right = mask(0, 0).apply(drawn(new Seed(1, 0).stream("init", 0)));
    State wrong =
        right.with(State.of(Map.of("b.weight", Tensor.of(new Shape(1, 5), new float[5]))));
    for (Mask mask : List.of(mask(63, 31), mask(0, 0))) {
      assertThatThrownBy(() -> mask.mix(wrong, right))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll("b.weight", "(1, 5)", "(5)");
      assertThatThrownBy(() -> mask.mix(right, wrong))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll("b.weight", "(1, 5)", "(5)");
    }
  }

  @Test
  void isEqualByContent() {
    Mask mask = mask(0b000111, 0b00001);
    assertThat(mask(0b000111, 0b00001)).isEqualTo(mask).hasSameHashCodeAs(mask);
    assertThat(mask(0b000111, 0b00001).digest()).isEqualTo(mask.digest());
    assertThat(mask(0b000110, 0b00001)).isNotEqualTo(mask);
    assertThat(mask(0b000110, 0b00001).digest()).isNotEqualTo(mask.digest());
    // The same bits as one string, but in other layers.
    Layer five = new Layer("a.weight", new Shape(5), Kind.LINEAR);
    Layer six = new Layer("b.weight", new Shape(6), Kind.OUTPUT);
    assertThat(Mask.dense(List.of(five, six)).digest()).isNotEqualTo(Mask.dense(layers).digest());
  }

  @Test
  void isOneAndZeroOnADevice() {
    try (NDManager manager = NDManager.newBaseManager();
        NDArray array = mask(0b000101, 0).on(a, manager)) {
      assertThat(array.getShape()).isEqualTo(a.shape());
      assertThat(array.toFloatArray()).containsExactly(1, 0, 1, 0, 0, 0);
    }
  }

  @Test
  void doesNotFollowTheBitsItCameFrom() {
    BitSet bits = new BitSet();
    bits.set(1);
    Mask mask = Mask.of(layers, (layer, empty) -> bits);
    bits.set(0);
    mask.alive(a).set(2);
    assertThat(mask.alive(a).stream()).containsExactly(1);
  }

  @Test
  void refusesABitBehindTheLastWeight() {
    assertThatThrownBy(() -> mask(0b1000000, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.weight")
        .hasMessageContaining("found weight 6");
  }

  @Test
  void namesItsLayersWhereOneIsMissing() {
    Layer other = new Layer("c.weight", new Shape(1), Kind.LINEAR);
    assertThatThrownBy(() -> mask(0, 0).kept(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("c.weight")
        .hasMessageContaining("a.weight, b.weight");
  }

  private Mask mask(int first, int second) {
    return Mask.of(
        layers, (layer, bits) -> BitSet.valueOf(new long[] {layer.equals(a) ? first : second}));
  }
}
