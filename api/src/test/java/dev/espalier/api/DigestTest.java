// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Tensor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DigestTest {

  private enum Fruit {
    APPLE,
    PEAR
  }

  @Test
  void isSha256InHex() {
    // SHA-256 of the empty message, from FIPS 180-4's examples.
    assertThat(Digest.of().hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void keepsNeighbouringValuesApart() {
    assertThat(
            Stream.of(
                    Digest.of("ab", "c"),
                    Digest.of("a", "bc"),
                    Digest.of("abc"),
                    Digest.of(List.of("ab", "c")),
                    Digest.of(List.of("ab"), "c"),
                    Digest.of(List.of(), "ab", "c"),
                    Digest.of(Map.of("ab", "c")),
                    Digest.of((Object) "abc".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .distinct())
        .hasSize(8);
  }

  @Test
  void keepsTypesApart() {
    assertThat(
            Stream.of(
                    Digest.of(1),
                    Digest.of(1.0),
                    Digest.of("1"),
                    Digest.of(true),
                    Digest.of(Fruit.APPLE),
                    Digest.of(Fruit.class.getName(), "APPLE"))
                .distinct())
        .hasSize(6);
  }

  @Test
  void seesABufferAsTheBytesLeftInIt() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4).put(new byte[] {9, 1, 2, 3}).position(1);
    assertThat(Digest.of(buffer)).isEqualTo(Digest.of((Object) new byte[] {1, 2, 3}));
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void doesNotSeeTheOrderOfAMap() {
    Map<String, Integer> upwards = new LinkedHashMap<>();
    upwards.put("a", 1);
    upwards.put("b", 2);
    Map<String, Integer> downwards = new LinkedHashMap<>();
    downwards.put("b", 2);
    downwards.put("a", 1);
    assertThat(Digest.of(upwards)).isEqualTo(Digest.of(downwards));
    assertThat(Digest.of(upwards)).isNotEqualTo(Digest.of(Map.of("a", 2, "b", 1)));
  }

  @Test
  void tellsEnumConstantsApart() {
    assertThat(Digest.of(Fruit.APPLE))
        .isEqualTo(Digest.of(Fruit.APPLE))
        .isNotEqualTo(Digest.of(Fruit.PEAR));
  }

  @Test
  void seesTheLastOfManyFloats() {
    float[] values = new float[40_000];
    Digest zeros = Digest.of(FloatBuffer.wrap(values.clone()));
    assertThat(Digest.of(FloatBuffer.wrap(values))).isEqualTo(zeros);
    values[39_999] = Float.MIN_VALUE;
    assertThat(Digest.of(FloatBuffer.wrap(values))).isNotEqualTo(zeros);
  }

  @Test
  void readsTheRestOfABufferAndLeavesItsPosition() {
    FloatBuffer buffer = FloatBuffer.wrap(new float[] {9, 1, 2}).position(1);
    assertThat(Digest.of(buffer)).isEqualTo(Digest.of(FloatBuffer.wrap(new float[] {1, 2})));
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void refusesWhatItCannotLookInto() {
    assertThatThrownBy(() -> Digest.of(new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Object")
        .hasMessageContaining("record");
    assertThatThrownBy(() -> Digest.of(new Span(1, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Span.class.getName());
    assertThatThrownBy(() -> Digest.of((Object) null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("null");
  }

  @Test
  void refusesOtherTextThan64HexDigits() {
    assertThatThrownBy(() -> new Digest("ABC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ABC");
  }

  @Test
  void bitSetsAreDigestedByTheirBits() {
    BitSet bits = BitSet.valueOf(new byte[] {5, 1});
    assertThat(Digest.of(bits)).isEqualTo(Digest.of(bits.clone()));
    assertThat(Digest.of(bits)).isNotEqualTo(Digest.of((Object) bits.toByteArray()));
    bits.clear(8);
    assertThat(Digest.of(bits)).isEqualTo(Digest.of(BitSet.valueOf(new byte[] {5})));
  }

  @Test
  void tensorsOfEqualContentAreEqual() {
    Tensor tensor = Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, 6);
    assertThat(Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, 6))
        .isEqualTo(tensor)
        .hasSameHashCodeAs(tensor);
    assertThat(Tensor.of(new Shape(3, 2), 1, 2, 3, 4, 5, 6)).isNotEqualTo(tensor);
    assertThat(Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, Math.nextUp(6f))).isNotEqualTo(tensor);
  }

  @Test
  void aTensorDoesNotFollowTheArrayItCameFrom() {
    float[] values = {1, 2};
    Tensor tensor = Tensor.of(new Shape(2), values);
    values[0] = 5;
    assertThat(tensor.get(0)).isEqualTo(1);
    assertThat(tensor.values().isReadOnly()).isTrue();
  }

  @Test
  void aTensorRefusesAnotherNumberOfValues() {
    assertThatThrownBy(() -> Tensor.of(new Shape(2, 2), 1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 3")
        .hasMessageContaining("(2, 2)");
  }
}
