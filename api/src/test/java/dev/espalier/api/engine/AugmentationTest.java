// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.FlipOrShift;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.data.View;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What augmented examples look like, pixel by pixel. */
class AugmentationTest {

  private static final Shape SHAPE = new Shape(2, 3, 5);
  private static final int COUNT = 7;

  /** Odd scales, so that rounding would show. */
  private static final Normalisation NORMALISATION =
      new Normalisation(List.of(0.3, 0.4), List.of(0.23, 0.7));

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"0,0", "-1,2", "2,-2", "-3,-5", "3,5", "100,-100"})
  void aMoveEqualsPaddingWithBlackAndSlicing(int down, int right) {
    Augmentation move =
        (view, random) -> new View(view.rows().cut(down, 3), view.columns().cut(right, 5));
    assertThat(augmented(SHAPE, move)).isEqualTo(expected(3, 5, down, right, false));
  }

  @Test
  void aFlipEqualsReadingColumnsBackwards() {
    assertThat(augmented(SHAPE, new Flip(1))).isEqualTo(expected(3, 5, 0, 0, true));
    assertThat(augmented(SHAPE, new Flip(0))).isEqualTo(expected(3, 5, 0, 0, false));
  }

  @Test
  void flippingTwiceIsTheIdentity() {
    assertThat(augmented(SHAPE, new Flip(1), new Flip(1)))
        .isEqualTo(expected(3, 5, 0, 0, false))
        .isEqualTo(shown(data(SHAPE)));
  }

  @Test
  void withoutACropTheCentreIsTaken() {
    Shape input = new Shape(2, 2, 3);
    assertThat(augmented(input, new Flip(0))).isEqualTo(expected(2, 3, 0, 1, false));
    assertThat(shown(data(input))).isEqualTo(expected(2, 3, 0, 1, false));
    assertThat(shown(data(input, new Flip(1)))).isEqualTo(expected(2, 3, 0, 1, false));
  }

  @Test
  void evaluationSeesTheCentreInSlicesToo() {
    DeviceExamples device = device(data(new Shape(2, 1, 3), new Crop(1)));
    float[] all = expected(1, 3, 1, 1, false);
    assertThat(device.features(2, 5).toFloatArray())
        .isEqualTo(Arrays.copyOfRange(all, 2 * 6, 5 * 6));
  }

  @Test
  void floatFeaturesAreMovedExactlyToo() {
    float[] features = {0.1f, -0.7f, 3e9f, 1e-9f};
    Examples numbers = Examples.ofFloats(features, new Shape(1, 1, 4), 0);
    Augmentation move = (view, random) -> new View(view.rows(), view.columns().cut(1, 4));
    Data data =
        new Data("n", numbers, numbers, numbers, Normalisation.NONE, 1)
            .withAugmentations(List.of(move));
    DeviceExamples device = new DeviceExamples(numbers, data, manager);
    assertThat(device.augmented(Indices.of(new int[] {0}, manager), stream(0)).toFloatArray())
        .containsExactly(-0.7f, 3e9f, 1e-9f, 0);
    // The data set itself is left alone.
    assertThat(device.features(0, 1).toFloatArray()).isEqualTo(features);
  }

  @Test
  void aStretchIsBilinear() {
    Examples image =
        Examples.ofBytes(
            ByteBuffer.wrap(new byte[] {0, 100, (byte) 200, 40}), new Shape(1, 2, 2), 0);
    Augmentation stretch =
        (view, random) -> new View(view.rows().resized(0, 2, 4), view.columns().resized(0, 2, 4));
    NDArray images = manager.create(image.features().values(), new Shape(1, 1, 2, 2), image.type());
    View view = stretch.apply(View.of(image.shape(), image.shape()), stream(0));
    NDArray seen = Resampling.of(images.toType(DataType.FLOAT32, false), List.of(view));
    assertThat(seen.getShape()).isEqualTo(new Shape(1, 1, 4, 4));
    // Positions 0, 1/4, 3/4, 1 in both directions: all weights are sixteenths.
    assertThat(seen.toFloatArray())
        .containsExactly(
            0, 25, 75, 100, //
            50, 58.75f, 76.25f, 85, //
            150, 126.25f, 78.75f, 55, //
            200, 160, 80, 40);
  }

  @Test
  void everyCropIsAPlaceOfThePaddedImageAndAllOccur() {
    Set<List<Double>> places = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      View view = new Crop(2).apply(View.of(SHAPE, SHAPE), stream(i));
      places.add(List.of(view.rows().offset(), view.columns().offset()));
      assertThat(view.rows().size()).isEqualTo(3);
      assertThat(view.columns().size()).isEqualTo(5);
      assertThat(view.rows().position(0)).isBetween(-2.0, 2.0);
      assertThat(view.rows().position(2)).isBetween(0.0, 4.0);
      assertThat(view.columns().position(0)).isBetween(-2.0, 2.0);
      assertThat(view.columns().position(4)).isBetween(2.0, 6.0);
    }
    assertThat(places).hasSize(5 * 5);
  }

  @Test
  void aCropOfALargerImageNeedsNoPadding() {
    Set<List<Double>> places = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      View view = new Crop(0).apply(View.of(SHAPE, new Shape(2, 2, 3)), stream(i));
      places.add(List.of(view.rows().offset(), view.columns().offset()));
      assertThat(view.rows().size()).isEqualTo(2);
      assertThat(view.columns().size()).isEqualTo(3);
    }
    assertThat(places).hasSize(2 * 3);
  }

  @Test
  void aResizedCropStaysInsideAndHasTheAreaAskedFor() {
    Shape stored = new Shape(3, 64, 48);
    Shape input = new Shape(3, 20, 20);
    RandomResizedCrop crop = new RandomResizedCrop(0.2, 0.5);
    for (int i = 0; i < 500; i++) {
      View view = crop.apply(View.of(stored, input), stream(i));
      double height = extent(view.rows());
      double width = extent(view.columns());
      // Rounding to whole pixels: half a pixel on each side.
      assertThat(height * width / (64 * 48)).isBetween(0.19, 0.51);
      assertThat(width / height).isBetween(0.72, 1.39);
      for (int x = 0; x < 20; x++) {
        assertThat(view.rows().position(x)).isBetween(0.0, 63.0);
        assertThat(view.columns().position(x)).isBetween(0.0, 47.0);
      }
    }
  }

  @Test
  void aResizedCropThatNeverFitsIsTheWholeImage() {
    Shape stored = new Shape(1, 2, 100);
    View view = new RandomResizedCrop(1, 1).apply(View.of(stored, stored), stream(0));
    assertThat(view.columns().position(99)).isEqualTo(99);
    assertThat(view.rows().position(1)).isEqualTo(1);
  }

  /** Chosen: none, flip, shift or both in 2/6, 1/6, 1/6, 2/6; a chosen flip mirrors half. */
  @Test
  void flipOrShiftMirrorsAQuarterAndShiftsHalfAsSnipsCode() {
    int[] seen = new int[4];
    for (int i = 0; i < 12_000; i++) {
      View view = new FlipOrShift(50).apply(View.of(SHAPE, SHAPE), stream(i));
      boolean flipped = view.columns().scale() < 0;
      // One move in 101 squared goes nowhere.
      boolean moved = view.rows().offset() != 0 || view.columns().offset() != (flipped ? 4 : 0);
      seen[(flipped ? 1 : 0) + (moved ? 2 : 0)]++;
    }
    // Twelfths: neither 5, mirrored 1, shifted 4, both 2; five standard deviations.
    int[] expected = {5000, 1000, 4000, 2000};
    for (int i = 0; i < 4; i++) {
      double deviation = Math.sqrt(expected[i] * (1 - expected[i] / 12e3));
      assertThat((double) seen[i]).isCloseTo(expected[i], within(5 * deviation));
    }
  }

  /** A fixed shift whose margin is the mean colour. */
  private record Shift(int down, int right) implements Augmentation {
    @Override
    public View apply(View view, RandomStream random) {
      return new View(view.rows().cut(down, 3), view.columns().cut(right, 5));
    }

    @Override
    public boolean isMarginMean() {
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({"0,0", "-1,2", "2,-2", "-3,-5", "3,5", "100,-100"})
  void aMarginOfTheMeanColourIsZeroAfterNormalisation(int down, int right) {
    assertThat(augmented(SHAPE, new Shift(down, right)))
        .isEqualTo(expected(3, 5, down, right, false, true));
    assertThat(augmented(SHAPE, new Flip(0), new Shift(down, right)))
        .as("the margin of one is that of all")
        .isEqualTo(expected(3, 5, down, right, false, true));
  }

  @Test
  void flipOrShiftHasTheMeanColourAsMargin() {
    assertThat(new FlipOrShift(4).isMarginMean()).isTrue();
    assertThat(new Crop(4).isMarginMean()).isFalse();
  }

  @Test
  void sameSeedSameViewsAndAnotherStreamOthers() {
    DeviceExamples device = device(data(SHAPE, new Crop(2), new Flip(0.5)));
    float[] first = augmented(device, stream(1));
    assertThat(augmented(device, stream(1))).isEqualTo(first);
    assertThat(augmented(device, stream(2))).isNotEqualTo(first);
    assertThat(augmented(device, new Seed(2, 0).stream("augment", 1))).isNotEqualTo(first);
  }

  @Test
  void examplesOfABatchGetNumbersOfTheirOwn() {
    Examples same =
        Examples.ofBytes(ByteBuffer.allocate(100 * 9), new Shape(1, 3, 3), new int[100]);
    Set<View> views = new HashSet<>();
    Augmentation spy =
        (view, random) -> {
          View seen = new Crop(2).apply(view, random);
          views.add(seen);
          return seen;
        };
    Data data =
        new Data("s", same, same, same, Normalisation.NONE, 1).withAugmentations(List.of(spy));
    DeviceExamples device = new DeviceExamples(same, data, manager);
    device.augmented(Indices.of(IntStream.range(0, 100).toArray(), manager), stream(0));
    assertThat(views).hasSizeGreaterThan(20);
  }

  @Test
  void refusesSharesOutOfOrder() {
    assertThatThrownBy(() -> new RandomResizedCrop(0.5, 0.2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("min-area", "0.5", "0.2");
    assertThatThrownBy(() -> new Flip(1.5)).hasMessageContaining("probability");
    assertThatThrownBy(() -> new Crop(-1)).hasMessageContaining("padding");
  }

  private static double extent(View.Axis axis) {
    return axis.scale() * axis.size();
  }

  private float[] augmented(Shape input, Augmentation... augmentations) {
    return augmented(device(data(input, augmentations)), stream(0));
  }

  private float[] augmented(DeviceExamples device, RandomStream random) {
    return device.augmented(rows(), random).toFloatArray();
  }

  /** As in an evaluation. */
  private float[] shown(Data data) {
    float[] gathered = device(data).features(rows()).toFloatArray();
    assertThat(device(data).features(0, COUNT).toFloatArray()).isEqualTo(gathered);
    return gathered;
  }

  private Indices rows() {
    return Indices.of(IntStream.range(0, COUNT).toArray(), manager);
  }

  private DeviceExamples device(Data data) {
    return new DeviceExamples(data.train(), data, manager);
  }

  private static Data data(Shape input, Augmentation... augmentations) {
    Examples examples = Examples.ofBytes(ByteBuffer.wrap(pixels()), SHAPE, new int[COUNT]);
    return new Data("d", examples, examples, examples, NORMALISATION, 1)
        .withInputs(new Inputs(input, NORMALISATION, List.of(augmentations), 0));
  }

  private static byte[] pixels() {
    byte[] pixels = new byte[COUNT * (int) SHAPE.size()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (37 * i + 11);
    }
    return pixels;
  }

  /** Slices of the padded images, normalised by the engine's formula in float32. */
  private static float[] expected(int height, int width, int down, int right, boolean mirrored) {
    return expected(height, width, down, right, mirrored, false);
  }

  private static float[] expected(
      int height, int width, int down, int right, boolean mirrored, boolean isMarginMean) {
    byte[] pixels = pixels();
    float[] seen = new float[COUNT * 2 * height * width];
    int i = 0;
    for (int plane = 0; plane < COUNT * 2; plane++) {
      float scale = (float) (1 / (255 * NORMALISATION.std().get(plane % 2)));
      float shift =
          (float) (-NORMALISATION.mean().get(plane % 2) / NORMALISATION.std().get(plane % 2));
      for (int y = down; y < down + height; y++) {
        for (int x = right; x < right + width; x++) {
          int column = mirrored ? 4 - x : x;
          boolean inside = y >= 0 && y < 3 && x >= 0 && x < 5;
          int pixel = inside ? pixels[(plane * 3 + y) * 5 + column] & 0xff : 0;
          seen[i++] = inside || !isMarginMean ? pixel * scale + shift : 0;
        }
      }
    }
    return seen;
  }

  private static RandomStream stream(long index) {
    return new Seed(1, 0).stream("augment", index);
  }
}
