// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.TinyProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class OdditiesTest {

  private static final Shape SHAPE = new Shape(1, 1, 2);

  /** Names classes by letters. */
  private static final DataSource LETTERS =
      new DataSource() {
        @Override
        public Data load(Prepared prepared) {
          throw new AssertionError();
        }

        @Override
        public String className(int label) {
          return Character.toString('a' + label);
        }
      };

  private static Examples images(int[] labels, int... pixels) {
    ByteBuffer bytes = ByteBuffer.allocate(pixels.length);
    for (int pixel : pixels) {
      bytes.put((byte) pixel);
    }
    return Examples.ofBytes(bytes.flip(), SHAPE, labels);
  }

  private static List<String> oddities(Examples train, Examples test, int classes)
      throws IOException {
    Examples none = Examples.ofBytes(ByteBuffer.allocate(0), SHAPE);
    return new Data("d", train, none, test, Normalisation.NONE, classes).oddities(LETTERS);
  }

  private static final Examples TWO = images(new int[] {0, 1}, 1, 2, 3, 4);

  @Test
  void findsNothingInOrdinaryData() throws IOException {
    assertThat(oddities(TWO, images(new int[] {0, 1}, 5, 6, 7, 8), 2)).isEmpty();
    assertThat(TinyProblem.data(50, 20, 20).oddities(LETTERS)).isEmpty();
  }

  @Test
  void namesClassesWithoutExamplesInEachPart() throws IOException {
    assertThat(
            oddities(images(new int[] {0, 2}, 1, 2, 3, 4), images(new int[] {1, 2}, 5, 6, 7, 8), 9))
        .containsExactly(
            "d: no training example is of class b, d, e, f, g and 2 more. Add examples, or take the"
                + " class away",
            "d: no test example is of class a, d, e, f, g and 2 more. Add examples, or take the"
                + " class away");
  }

  @Test
  void namesTheOnlyClass() throws IOException {
    Examples alone = images(new int[] {1, 1}, 1, 2, 3, 4);
    assertThat(oddities(alone, images(new int[] {1}, 5, 6), 2))
        .containsExactly(
            "d: each of the 2 training examples is of class b. Add examples of another class",
            "d: each of the 1 test examples is of class b. Add examples of another class");
  }

  @Test
  void countsConstantImagesAndNamesTheFirst() throws IOException {
    Examples train = images(new int[] {0, 1, 1}, 1, 2, 7, 7, 0, 0);
    assertThat(oddities(train, images(new int[] {0, 1}, 5, 6, 7, 8), 2))
        .containsExactly(
            "d: 2 of the 3 training examples have the same number in all places; the first is"
                + " example 1 of the part, counted from 0, of class b. Take away what is no"
                + " example");
  }

  @Test
  void countsHeldOutExamplesThatAreTrainingExamples() throws IOException {
    assertThat(oddities(TWO, TWO, 2))
        .containsExactly(
            "d: 2 of the 2 test examples are training examples, too. Use other examples for test");
    Examples floats = Examples.ofFloats(new float[] {1, 2, 3, 4}, SHAPE, 0, 1);
    assertThat(
            new Data(
                    "f",
                    floats,
                    floats,
                    Examples.ofFloats(new float[0], SHAPE),
                    Normalisation.NONE,
                    2)
                .oddities(LETTERS))
        .containsExactly(
            "f: 2 of the 2 validation examples are training examples, too. Use other examples for"
                + " validation");
  }

  @Test
  void leavesAFewRepeatedExamplesUnmentioned() throws IOException {
    int[] labels = new int[11];
    int[] pixels = new int[22];
    for (int i = 0; i < 11; i++) {
      labels[i] = i % 2;
      pixels[2 * i] = 100 + i;
      pixels[2 * i + 1] = i;
    }
    pixels[0] = 1;
    pixels[1] = 2;
    assertThat(oddities(TWO, images(labels, pixels), 2)).isEmpty();
  }
}
