// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {

  private static final int N = 2_000;
  private static final Seed SEED = new Seed(3, 0);

  private static SlotValues uniform(String stream, int k, double center, double radius) {
    List<Generator> generators =
        IntStream.range(0, k).mapToObj(slot -> new Generator(SEED.stream(stream, slot))).toList();
    return new SlotValues.Regenerated(new Shape(N), generators, (float) center, radius);
  }

  private static SlotValues values(int k) {
    return uniform("values", k, 0, 1);
  }

  private static SlotValues scores(int k) {
    return uniform("scores", k, 0.5, 0.5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 64})
  void theSlotIsTheOneOfTheHighestLine(int k) {
    SlotValues w = values(k);
    SlotValues first = scores(k);
    Envelope envelope = new Envelope(k, w, first);
    RandomStream random = SEED.stream("x", k);
    for (int i = 0; i < N; i++) {
      float x = (float) (random.nextDouble() * 8 - 4);
      envelope.find(i, x);
      double highest = Double.NEGATIVE_INFINITY;
      for (int slot = 0; slot < k; slot++) {
        highest = Math.max(highest, first.get(i, slot) + (double) w.get(i, slot) * x);
      }
      assertThat(first.get(i, envelope.slot()) + (double) w.get(i, envelope.slot()) * x)
          .isCloseTo(highest, within(1e-6));
      assertThat(envelope.value()).isEqualTo(w.get(i, envelope.slot()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 64})
  void theSegmentIsWhereTheSlotStaysTheHighest(int k) {
    Envelope envelope = new Envelope(k, values(k), scores(k));
    for (int i = 0; i < 300; i++) {
      envelope.find(i, 0.1f);
      final int slot = envelope.slot();
      final float lower = envelope.lower();
      final float upper = envelope.upper();
      assertThat(lower).isLessThanOrEqualTo(0.1f);
      assertThat(upper).isGreaterThan(0.1f);
      envelope.find(i, lower);
      assertThat(envelope.slot()).isEqualTo(slot);
      envelope.find(i, Math.nextDown(upper));
      assertThat(envelope.slot()).isEqualTo(slot);
      envelope.find(i, upper);
      assertThat(envelope.slot() == slot).isEqualTo(upper == Float.POSITIVE_INFINITY);
      envelope.find(i, Math.nextDown(lower));
      assertThat(envelope.slot() == slot).isEqualTo(lower == Float.NEGATIVE_INFINITY);
    }
  }

  @Test
  void theSteepestLinesWinAtInfinity() {
    SlotValues w = values(8);
    Envelope envelope = new Envelope(8, w, scores(8));
    for (int i = 0; i < 300; i++) {
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (int slot = 0; slot < 8; slot++) {
        low = Math.min(low, w.get(i, slot));
        high = Math.max(high, w.get(i, slot));
      }
      envelope.find(i, Float.POSITIVE_INFINITY);
      assertThat(envelope.value()).isEqualTo(high);
      assertThat(envelope.isLast()).isTrue();
      envelope.find(i, Float.NEGATIVE_INFINITY);
      assertThat(envelope.value()).isEqualTo(low);
    }
  }

  /**
   * The upper hull of n uniform points of a square has about 4 / 3 (ln n + 0.5772 - ln 2) + 1
   * points (Renyi and Sulanke 1963): 6.39 of 64. Of 8 the formula, which is for large n, has 3.62.
   */
  @Test
  void fewOfTheSlotsAreOnTheEnvelope() {
    assertThat(meanSize(8)).isCloseTo(3.7, within(0.1));
    assertThat(meanSize(64)).isCloseTo(6.39, within(0.1));
  }

  private static double meanSize(int k) {
    Envelope envelope = new Envelope(k, values(k), scores(k));
    int segments = 0;
    for (int i = 0; i < N; i++) {
      envelope.load(i);
      for (segments++; !envelope.isLast(); segments++) {
        envelope.advance();
      }
    }
    return (double) segments / N;
  }

  @Test
  void equalLinesAreTheFirstSlotAndParallelOnesTheHigher() {
    SlotValues same = new SlotValues.Shared(new Shape(1), List.of(0.5f, 0.5f, 0.5f));
    SlotValues first = new SlotValues.Shared(new Shape(1), List.of(0.1f, 0.3f, 0.3f));
    Envelope envelope = new Envelope(3, same, first);
    for (float x : new float[] {-1, 0, 1}) {
      envelope.find(0, x);
      assertThat(envelope.slot()).isEqualTo(1);
      assertThat(envelope.isLast()).isTrue();
    }
  }
}
