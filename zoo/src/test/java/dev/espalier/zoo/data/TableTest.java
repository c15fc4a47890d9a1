// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Regression;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {

  private static final String TRAIN =
      """
      rooms, town, price
      1, "Bath, Somerset", 10
      3, Lyme, 30

      5, Lyme, 20
      """;

  @TempDir private Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static Table table(Path train, Path test, String target, String... categorical) {
    return new Table(
        train.toString(),
        target,
        Optional.empty(),
        List.of(categorical),
        ",",
        test == null ? "0.2" : test.toString());
  }

  private static Data load(Path train, Path test, String target, String... categorical)
      throws IOException {
    return table(train, test, target, categorical).load(Prepared.inMemory());
  }

  private static float[] features(Examples examples) {
    return floats((FloatBuffer) examples.features().values());
  }

  private static float[] floats(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  @Test
  void numbersAreStandardisedByTrainingRowsAndCategoriesAreZeroOrOne() throws IOException {
    Path test = write("test.csv", "price,town,rooms\n50,York,3\n20,Lyme,7\n");
    Data data = load(write("train.csv", TRAIN), test, "price", "town");
    assertThat(data.objective()).isInstanceOf(Regression.class);
    assertThat(data.input()).isEqualTo(new Shape(3));
    float std = (float) Math.sqrt(8 / 3.0);
    assertThat(features(data.train()))
        .containsExactly(new float[] {-2 / std, 1, 0, 0, 0, 1, 2 / std, 0, 1}, within(1e-6f));
    assertThat(features(data.test()))
        .containsExactly(new float[] {0, 0, 0, 4 / std, 0, 1}, within(1e-6f));
    float unit = (float) Math.sqrt(200 / 3.0);
    assertThat(floats((FloatBuffer) data.train().targets().values()))
        .containsExactly(new float[] {-10 / unit, 10 / unit, 0}, within(1e-6f));
    assertThat(data.train().targets().variance()).isCloseTo(1, within(1e-6));
    assertThat(floats((FloatBuffer) data.test().targets().values()))
        .containsExactly(new float[] {30 / unit, 0}, within(1e-6f));
  }

  @Test
  void aTargetWithoutNumbersOrNamedInCategoricalIsOfClasses() throws IOException {
    Path train = write("train.csv", TRAIN);
    for (Table table : List.of(table(train, train, "town"), table(train, train, "town", "town"))) {
      Data data = table.load(Prepared.inMemory());
      assertThat(data.objective()).isInstanceOf(Classification.class);
      assertThat(data.train().labels()).containsExactly(0, 1, 1);
      assertThat(data.classes()).isEqualTo(2);
      assertThat(table.className(0)).isEqualTo("Bath, Somerset");
    }
    Data data = load(train, train, "price", "price", "town");
    assertThat(data.classes()).isEqualTo(3);
    assertThat(data.train().labels()).containsExactly(0, 2, 1);
  }

  @Test
  void columnsAndSeparatorCanBeChosen() throws IOException {
    Path file = write("t.csv", "a\tb\tc\n1\tx\t2\n2\ty\t3\n3\tz\t5\n");
    Data data =
        new Table(file.toString(), "c", Optional.of(List.of("a")), List.of(), "\t", "0.2")
            .load(Prepared.inMemory());
    assertThat(data.input()).isEqualTo(new Shape(1));
    assertThat(data.train().size()).isEqualTo(2);
    assertThat(data.test().size()).isEqualTo(1);
  }

  @Test
  void cellsThatAreNoNumbersAreNamedTogether() throws IOException {
    Path file = write("t.csv", "a,b,c,y\n1,2,u,1\n,NaN,v,2\n3,1e999,w,4\n4,7d,x,1\n");
    assertThatThrownBy(() -> load(file, file, "y"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + ": expected numbers, found line 3, column a: nothing; line 3, column b: \"NaN\";"
                + " line 4, column b: \"1e999\"; line 5, column b: \"7d\"; no number in column c;"
                + " mend or remove these rows; name columns of categories in data.categorical, and"
                + " leave out others by data.columns");
  }

  @Test
  void ofManyCellsTenAreNamed() throws IOException {
    Path file = write("t.csv", "a,y\n" + "NA,1\n".repeat(12) + "1,2\n");
    assertThatThrownBy(() -> load(file, file, "y"))
        .hasMessageContaining("line 11, column a: \"NA\"; and 2 more; mend");
  }

  @Test
  void missingCategoriesAndClassesAreNamed() throws IOException {
    Path file = write("t.csv", "a,b,y\n1,,u\n2,x,v\n3,y,\n");
    assertThatThrownBy(() -> load(file, file, "y", "b"))
        .hasMessage(
            file
                + ": expected a category in each cell, found line 2, column b: nothing; line 4,"
                + " column y: nothing; fill these cells, or remove the rows");
  }

  @Test
  void unknownColumnsAreRefusedWithTheNearest() throws IOException {
    Path file = write("train.csv", TRAIN);
    Table table =
        new Table(
            file.toString(),
            "prize",
            Optional.of(List.of("rooms", "twon")),
            List.of("Town"),
            ",",
            "0.2");
    assertThatThrownBy(() -> table.load(Prepared.inMemory()))
        .hasMessage(
            "target: found no column \"prize\", allowed is one of rooms, town, price. Did you mean"
                + " price?; columns: found no column \"twon\", allowed is one of rooms, town, price."
                + " Did you mean town?; categorical: found no column \"Town\", allowed is one of rooms,"
                + " town, price. Did you mean town?");
  }

  @Test
  void theTargetIsNoInput() {
    assertThatThrownBy(
            () -> new Table("t.csv", "y", Optional.of(List.of("x", "y")), List.of(), ",", "0.2"))
        .hasMessage(
            "columns: found [x, y], allowed is one or more different columns without the target, y");
  }

  @Test
  void aColumnOfNumbersThatNothingUsesMayHaveGaps() throws IOException {
    Path file = write("t.csv", "a,b,c,y\n1,,u,1\n2,,,3\n");
    Data data =
        new Table(
                file.toString(), "y", Optional.of(List.of("a")), List.of("c"), ",", file.toString())
            .load(Prepared.inMemory());
    assertThat(data.input()).isEqualTo(new Shape(1));
  }

  @Test
  void aConstantTargetIsRefused() throws IOException {
    Path file = write("t.csv", "a,y\n1,5\n2,5\n3,5\n");
    assertThatThrownBy(() -> load(file, file, "y"))
        .hasMessage(
            "target: found y, which is 5.0 in all 3 training rows, allowed is a column of different"
                + " numbers");
  }

  @Test
  void aHeaderWithANameTwiceOrWithoutOneIsNamed() throws IOException {
    Path file = write("t.csv", "a,b,a,\n1,2,3,4\n");
    assertThatThrownBy(() -> load(file, file, "b"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + ": expected a header of different names, found \"a\" twice; no name of column 4;"
                + " rename the columns");
  }

  @Test
  void rowsOfAnotherLengthAreNamed() throws IOException {
    Path file = write("t.csv", "a,b\n1,2\n3\n4,5,6\n");
    assertThatThrownBy(() -> load(file, file, "b"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + ": expected 2 cells in each row, as in the header, found line 3: 1 cells; line 4:"
                + " 3 cells; mend these lines, or set data.separator");
  }

  @Test
  void tooFewRowsAreNamed() throws IOException {
    Path file = write("t.csv", "a,b\n1,2\n3,4\n");
    assertThatThrownBy(() -> load(file, null, "b"))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": expected at least 3 rows after the header, found 2; add rows");
  }

  @Test
  void aClassWithoutATrainingRowIsNamed() throws IOException {
    Path train = write("train.csv", "a,y\n1,u\n2,v\n");
    Path test = write("test.csv", "a,y\n1,u\n2,w\n");
    assertThatThrownBy(() -> load(train, test, "y"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            test
                + ": expected a training row of the class of each test row, found line 3, column y:"
                + " \"w\"; add training rows of the class, or remove these rows");
  }

  @Test
  void aTestFileWithoutAColumnIsNamed() throws IOException {
    Path train = write("train.csv", "a,b,y\n1,2,3\n2,4,5\n");
    Path test = write("test.csv", "a,y\n1,2\n");
    assertThatThrownBy(() -> load(train, test, "y"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            test
                + ": expected rows with the columns of "
                + train
                + ", found no column b; add what is missing");
  }

  @Test
  void aQuoteWithoutAnEndIsNamed() throws IOException {
    Path file = write("t.csv", "a,y\n1,\"2\n3,4\n");
    assertThatThrownBy(() -> load(file, null, "y"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": expected CSV, found a fault: ");
  }
}
