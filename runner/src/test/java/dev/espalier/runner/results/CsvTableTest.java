// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTableTest {

  private record Point(String name, double x, Optional<String> note) {}

  private static final CsvTable<Point> POINTS =
      CsvTable.of("name", Point::name).and("x", Point::x).and("note", Point::note);

  private static String line(Point point) {
    return POINTS.text(List.of(point)).substring("name,x,note\n".length());
  }

  @Test
  void linesEndWithALineFeedAndNumbersAreInFull() {
    assertThat(POINTS.text(List.of(new Point("a", 0.1, Optional.of("b")))))
        .isEqualTo("name,x,note\na,0.1,b\n");
    assertThat(line(new Point("a", 1e-7, Optional.empty()))).isEqualTo("a,1.0E-7,\n");
    assertThat(POINTS.text(List.of())).isEqualTo("name,x,note\n");
  }

  @Test
  void whatIsAbsentOrNotANumberIsAnEmptyCell() {
    assertThat(line(new Point("", Double.NaN, Optional.empty()))).isEqualTo(",,\n");
    assertThat(line(new Point(null, 1, Optional.of("")))).isEqualTo(",1.0,\n");
  }

  @Test
  void cellsThatNeedItAreQuoted() {
    assertThat(line(new Point("a,b", 1, Optional.of("say \"x\""))))
        .isEqualTo("\"a,b\",1.0,\"say \"\"x\"\"\"\n");
    assertThat(line(new Point("a", 1, Optional.of("two\nlines"))))
        .isEqualTo("a,1.0,\"two\nlines\"\n");
    assertThat(line(new Point("{ id = snip }", 1, Optional.of("no epoch <= 0.2: those"))))
        .isEqualTo("{ id = snip },1.0,no epoch <= 0.2: those\n");
  }

  @Test
  void columnsOfAPartThatARowLacksAreEmpty() {
    CsvTable<Optional<Point>> table =
        CsvTable.<Optional<Point>>of("is", Optional::isPresent)
            .andOptional(POINTS, point -> point)
            .and("last", point -> 1);
    assertThat(
            table.text(List.of(Optional.empty(), Optional.of(new Point("a", 1, Optional.empty())))))
        .isEqualTo("is,name,x,note,last\nfalse,,,,1\ntrue,a,1.0,,1\n");
  }

  @Test
  void aColumnIsReadWithItsQuotesAndLines(@TempDir Path folder) throws IOException {
    List<Point> points =
        List.of(
            new Point("a,b", 1, Optional.of("two\nlines")), new Point("", 2, Optional.of("\"")));
    Path file = Files.writeString(folder.resolve("x.csv"), POINTS.text(points));
    assertThat(CsvTable.columns(file, List.of("note", "name")))
        .containsExactly(List.of("two\nlines", "a,b"), List.of("\"", ""));
  }
}
