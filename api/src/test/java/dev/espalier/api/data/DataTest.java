// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DataTest {

  private final Examples none = numbers();
  private final Data ten = data(numbers(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), Normalisation.NONE);

  @Test
  void movesExamplesFromTrainingToValidationOnceEachInFileOrder() {
    Data split = ten.withValidation(4, new Seed(1, 0).stream("validation", 0));
    assertThat(features(split.validation())).hasSize(4).isSorted();
    assertThat(features(split.train())).hasSize(6).isSorted();
    assertThat(features(split.train())).doesNotContain(features(split.validation()));
    // The label of an example is its feature modulo 3, and goes along.
    for (Examples part : List.of(split.train(), split.validation())) {
      for (int i = 0; i < part.size(); i++) {
        assertThat(part.labels()[i]).isEqualTo((int) features(part)[i] % 3);
      }
    }
  }

  @Test
  void drawsTheSameSplitFromTheSameSeedAndAnotherFromAnother() {
    Data split = ten.withValidation(4, new Seed(1, 0).stream("validation", 0));
    assertThat(ten.withValidation(4, new Seed(1, 0).stream("validation", 0)).digest())
        .isEqualTo(split.digest());
    assertThat(ten.withValidation(4, new Seed(2, 0).stream("validation", 0)).digest())
        .isNotEqualTo(split.digest());
  }

  @Test
  void leavesSomethingToTrainOn() {
    RandomStream random = new Seed(1, 0).stream("validation", 0);
    assertThat(ten.withValidation(0, random)).isSameAs(ten);
    assertThatThrownBy(() -> ten.withValidation(10, random))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 10")
        .hasMessageContaining("numbers");
    assertThatThrownBy(() -> data(none, Normalisation.NONE))
        .hasMessageContainingAll("train", "no training examples");
  }

  @Test
  void keepsAValidationPartThatCameWithTheData() {
    RandomStream random = new Seed(1, 0).stream("validation", 0);
    Data split = ten.withValidation(4, random);
    assertThat(split.withValidation(0, random)).isSameAs(split);
    assertThatThrownBy(() -> split.withValidation(1, random))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("numbers", "validation", "4 validation examples");
  }

  @Test
  void keepsAsManyOfEachClassInFileOrderAndTheirLabels() {
    Data few = ten.withPerClass(2, perClass(1));
    assertThat(features(few.train())).hasSize(6).isSorted().doesNotHaveDuplicates();
    assertThat(few.train().labels()).containsExactlyInAnyOrder(0, 0, 1, 1, 2, 2);
    for (int i = 0; i < 6; i++) {
      assertThat(few.train().labels()[i]).isEqualTo((int) features(few.train())[i] % 3);
    }
    assertThat(ten.withPerClass(2, perClass(1)).digest()).isEqualTo(few.digest());
    assertThat(
            List.of(
                ten.withPerClass(2, perClass(2)).digest(),
                ten.withPerClass(2, perClass(3)).digest(),
                ten.withPerClass(2, perClass(4)).digest()))
        .as("other seeds choose others")
        .anyMatch(other -> !other.equals(few.digest()));
  }

  @Test
  void fewerOfEachClassAreAPartOfMore() {
    for (int seed = 0; seed < 20; seed++) {
      float[] one = features(ten.withPerClass(1, perClass(seed)).train());
      float[] two = features(ten.withPerClass(2, perClass(seed)).train());
      assertThat(two).contains(one);
      assertThat(features(ten.withPerClass(3, perClass(seed)).train())).contains(two);
    }
  }

  @Test
  void refusesMoreOfEachClassThanThereAre() {
    assertThatThrownBy(() -> ten.withPerClass(4, perClass(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("per-class: found 4", "at most the 3", "class 1", "numbers");
    Data split = ten.withValidation(4, new Seed(1, 0).stream("validation", 0));
    assertThatThrownBy(() -> split.withPerClass(3, perClass(1)))
        .hasMessageContainingAll("numbers", "validation");
    // Class 2 of 3 is in no example at all.
    assertThatThrownBy(() -> data(numbers(0, 1), Normalisation.NONE).withPerClass(1, perClass(1)))
        .hasMessageContaining("the 0 training examples of class 2");
  }

  private static RandomStream perClass(long seed) {
    return new Seed(seed, 0).stream("per-class", 0);
  }

  @Test
  void refusesALabelOutOfRange() {
    assertThatThrownBy(() -> new Data("n", numbers(2), none, none, Normalisation.NONE, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("label", "2", "0 to 1");
  }

  @Test
  void refusesPartsOfAnotherShapeOrType() {
    Examples bytes = Examples.ofBytes(ByteBuffer.allocate(1), new Shape(1), 0);
    assertThatThrownBy(() -> new Data("n", numbers(1), none, bytes, Normalisation.NONE, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(DataType.UINT8.toString());
    Examples wide = Examples.ofFloats(new float[2], new Shape(2), 0);
    assertThatThrownBy(() -> new Data("n", numbers(1), wide, none, Normalisation.NONE, 3))
        .hasMessageContaining("(2)");
  }

  @Test
  void refusesANormalisationOfAnotherNumberOfChannels() {
    Normalisation three = new Normalisation(List.of(0.1, 0.2, 0.3), List.of(1.0, 1.0, 1.0));
    assertThatThrownBy(() -> data(numbers(1), three))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("numbers", "normalisation", "3 channels", "allowed is 1");
    Examples two = Examples.ofFloats(new float[4], new Shape(2, 2), 0);
    assertThatThrownBy(() -> new Data("n", two, two, two, three, 3))
        .hasMessageContainingAll("normalisation", "3 channels", "1 or 2");
  }

  @Test
  void refusesAStandardDeviationOfZero() {
    assertThatThrownBy(() -> new Normalisation(List.of(0.0), List.of(0.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("std above 0");
  }

  @Test
  void refusesFeaturesThatDoNotFillTheExamples() {
    assertThatThrownBy(() -> Examples.ofFloats(new float[5], new Shape(2), 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("5 values", "2 of one row");
  }

  @Test
  void digestsTellFeaturesLabelsAndShapesApart() {
    Examples some = Examples.ofFloats(new float[] {1, 2}, new Shape(1), 0, 1);
    assertThat(Examples.ofFloats(new float[] {1, 2}, new Shape(1), 0, 1).digest())
        .isEqualTo(some.digest());
    assertThat(
            List.of(
                some.digest(),
                Examples.ofFloats(new float[] {1, 3}, new Shape(1), 0, 1).digest(),
                Examples.ofFloats(new float[] {1, 2}, new Shape(1), 0, 0).digest(),
                Examples.ofFloats(new float[] {1, 2}, new Shape(2), 0).digest(),
                Examples.ofBytes(ByteBuffer.wrap(new byte[] {1, 2}), new Shape(1), 0, 1).digest()))
        .doesNotHaveDuplicates();
  }

  @Test
  void takesBytesAndFloatsInTheOrderAskedFor() {
    Examples bytes =
        Examples.ofBytes(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}), new Shape(2), 0, 1, 2);
    assertThat(bytes.take(2, 0).digest())
        .isEqualTo(
            Examples.ofBytes(ByteBuffer.wrap(new byte[] {5, 6, 1, 2}), new Shape(2), 2, 0)
                .digest());
    assertThat(features(numbers(0, 1, 2).take(2, 0))).containsExactly(2, 0);
  }

  @Test
  void networksSeeTheExamplesAsTheyAreUnlessTheyAreToSeeTheirCentre() {
    assertThat(ten.input()).isEqualTo(new Shape(1));
    assertThat(ten.augmentations()).isEmpty();
    assertThat(images(new Shape(3, 2, 4)).input()).isEqualTo(new Shape(3, 2, 4));
    for (Shape wrong :
        List.of(new Shape(3, 5, 4), new Shape(2, 4, 4), new Shape(3, 0, 4), new Shape(4, 4))) {
      assertThatThrownBy(() -> images(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("images", wrong.toString(), "(3, 4, 4)");
    }
  }

  @Test
  void refusesToAugmentWhatIsNoImage() {
    assertThatThrownBy(() -> ten.withAugmentations(List.of(new Same(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("numbers", "(1)", "(channels, height, width)");
  }

  @Test
  void keepsAugmentationsAndInputWhenItIsSplit() {
    Data data = images(new Shape(3, 2, 2)).withAugmentations(List.of(new Same(1)));
    Data split = data.withValidation(1, new Seed(1, 0).stream("validation", 0));
    assertThat(split.augmentations()).containsExactly(new Same(1));
    assertThat(split.input()).isEqualTo(new Shape(3, 2, 2));
  }

  @Test
  void digestsTellInputsApart() {
    Data small = images(new Shape(3, 2, 2));
    assertThat(images(new Shape(3, 2, 3)).digest()).isNotEqualTo(small.digest());
    assertThat(images(new Shape(3, 2, 2)).digest()).isEqualTo(small.digest());
  }

  @Test
  void aDeficitStaysWhenTheDataAreSplit() {
    Deficit blur = new Blur(0, 5, 2);
    Data plain = images(new Shape(3, 4, 4));
    Data blurred = plain.withDeficit(blur);
    assertThat(blurred.deficit()).contains(blur);
    assertThat(
            blurred.withValidation(1, new Seed(1, 0).stream("validation", 0)).deficit().isPresent()
                && blurred.withPerClass(1, perClass(1)).deficit().isPresent()
                && blurred.withAugmentations(List.of()).deficit().isPresent())
        .isTrue();
  }

  @Test
  void refusesToBlurWhatIsNoImage() {
    assertThatThrownBy(() -> ten.withDeficit(new Blur(0, 5, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "id: found blur", "(1)", "numbers", "(channels, height, width)", "label-noise");
    assertThat(ten.withDeficit(new LabelNoise(0, 5, 1)).deficit()).isPresent();
  }

  @Test
  void aDeficitEndsAfterItHasBegun() {
    assertThatThrownBy(() -> new Blur(5, 5, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("until: found epoch 5", "first, 5");
    assertThatThrownBy(() -> new LabelNoise(5, 5, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("until: found epoch 5", "first, 5");
    assertThatThrownBy(() -> new Blur(-1, 5, 1))
        .hasMessageContainingAll("from: found -1", "factor: found 1");
    assertThatThrownBy(() -> new LabelNoise(-1, 5, 0))
        .hasMessageContainingAll("from: found -1", "fraction: found 0.0");
    Deficit deficit = new Blur(2, 4, 2);
    assertThat(LongStream.range(0, 6).filter(deficit::lasts)).containsExactly(2L, 3L);
  }

  /** An augmentation that does nothing. */
  private record Same(int setting) implements Augmentation {
    @Override
    public View apply(View image, RandomStream random) {
      return image;
    }
  }

  private static Data images(Shape input) {
    Examples two = Examples.ofBytes(ByteBuffer.allocate(96), new Shape(3, 4, 4), 0, 0);
    Examples empty = two.take();
    return new Data("images", two, empty, two, Normalisation.NONE, 1)
        .withInputs(Inputs.of(input, Normalisation.NONE));
  }

  private Data data(Examples train, Normalisation normalisation) {
    return new Data("numbers", train, none, none, normalisation, 3);
  }

  private static Examples numbers(int... numbers) {
    float[] features = new float[numbers.length];
    int[] labels = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      features[i] = numbers[i];
      labels[i] = numbers[i] % 3;
    }
    return Examples.ofFloats(features, new Shape(1), labels);
  }

  private static float[] features(Examples examples) {
    float[] features = new float[examples.size()];
    ((FloatBuffer) examples.features().values()).get(features);
    return features;
  }
}
