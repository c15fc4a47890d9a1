// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Digest;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowsTest {

  private static final Shape SHAPE = new Shape(1, 2, 3);

  private static byte[] bytes(int from, int to) {
    byte[] bytes = new byte[(to - from) * 6];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (from * 6 + i);
    }
    return bytes;
  }

  private static ByteBuffer part(int from, int to) {
    return ByteBuffer.wrap(bytes(from, to));
  }

  /** Seven rows in parts of three, three and one. */
  private static Rows parts(Optional<Digest> digest) {
    return Rows.ofBytes(List.of(part(0, 3), part(3, 6), part(6, 7)), SHAPE, digest);
  }

  private static byte[] copy(Buffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    ((ByteBuffer) buffer).get(copy);
    return copy;
  }

  @Test
  void partsAreOneTable() {
    Rows rows = parts(Optional.empty());
    Rows one = Rows.ofBytes(part(0, 7), SHAPE);
    assertThat(rows.size()).isEqualTo(7);
    assertThat(rows.bytes()).isEqualTo(42);
    for (int from = 0; from <= 7; from++) {
      for (int to = from; to <= 7; to++) {
        assertThat(copy(rows.slice(from, to))).isEqualTo(bytes(from, to));
        assertThat(copy(one.slice(from, to))).isEqualTo(bytes(from, to));
      }
    }
    assertThat(rows.digest()).isEqualTo(one.digest());
    assertThat(copy(rows.take(6, 0, 3).slice(0, 2)))
        .isEqualTo(copy(Rows.ofBytes(part(0, 7), SHAPE).take(6, 0).values()));
    assertThat(rows.take(6, 0, 3).digest()).isEqualTo(one.take(6, 0, 3).digest());
    assertThat(rows.variance()).isEqualTo(one.variance());
  }

  @Test
  void aGivenDigestStandsForTheContent() {
    Digest given = Digest.of("seven rows");
    assertThat(parts(Optional.of(given)).digest())
        .isEqualTo(parts(Optional.of(given)).digest())
        .isNotEqualTo(parts(Optional.empty()).digest())
        .isNotEqualTo(parts(Optional.of(Digest.of("others"))).digest());
  }

  @Test
  void manyChosenRowsAreNotCopied() {
    Shape large = new Shape(1 << 27);
    Rows rows = Rows.ofBytes(ByteBuffer.allocate(1 << 27), large);
    Rows many = rows.take(0, 0, 0, 0, 0); // 640 MB as a copy
    assertThat(many.size()).isEqualTo(5);
    assertThat(many.bytes()).isEqualTo(5L << 27);
    assertThat(many.slice(4, 5).remaining()).isEqualTo(1 << 27);
    assertThat(many.take(3).digest()).isEqualTo(rows.digest());
  }

  @Test
  void aViewHasTheDigestOfACopy() {
    // Above the limit of copies, so that it is a view of rows of 2^25 bytes.
    Shape large = new Shape(1 << 25);
    ByteBuffer values = ByteBuffer.allocate(2 << 25).put(1 << 25, (byte) 3);
    Rows view = Rows.ofBytes(values, large).take(1, 0, 1, 1, 0, 1, 1, 1, 1);
    ByteBuffer copy = ByteBuffer.allocate(9 << 25);
    view.copyTo(copy, IntStream.range(0, 9).toArray());
    assertThat(view.digest()).isEqualTo(Rows.ofBytes(copy.flip(), large).digest());
  }

  @Test
  void numbersAndTokensAreCopiedInTheOrderOfTheBuffer() {
    Rows numbers = Rows.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2));
    Rows tokens = Rows.ofInts(new int[] {1, 2, 3, 4, 5, 6}, new Shape(2));
    ByteBuffer target = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    numbers.copyTo(target, 2, 0);
    assertThat(target.flip().asFloatBuffer()).isEqualTo(FloatBuffer.wrap(new float[] {5, 6, 1, 2}));
    target.clear();
    tokens.copyTo(target, 1, 1);
    assertThat(target.flip().asIntBuffer()).isEqualTo(IntBuffer.wrap(new int[] {3, 4, 3, 4}));
    assertThat(tokens.take(2, 1).ints()).containsExactly(5, 6, 3, 4);
    assertThat(tokens.take(2, 1).digest())
        .isEqualTo(Rows.ofInts(new int[] {5, 6, 3, 4}, new Shape(2)).digest());
  }

  @Test
  void refusesPartsOfUnequalNumbersOfRows() {
    List<ByteBuffer> shorter = List.of(part(0, 3), part(3, 5), part(5, 7));
    assertThatThrownBy(() -> Rows.ofBytes(shorter, SHAPE, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("part 1 of 2 rows", "3 rows");
    List<ByteBuffer> longer = List.of(part(0, 3), part(3, 7));
    assertThatThrownBy(() -> Rows.ofBytes(longer, SHAPE, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("part 1 of 4 rows");
  }
}
