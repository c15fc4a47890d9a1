// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.IntBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsedRowsTest {

  /** By Python: hashlib.sha256(struct.pack("<3q", 3, 17, 4)). */
  private static final String THREE =
      "32f7a78beaee15315165ce32b4e687b1b1a020a745137459d676044595fee01b";

  /** By Python: of the numbers from 0 to 10,000. */
  private static final String MANY =
      "bfa51082c985807664172f8108ff1df0c4ffe05e1fc5d93327a6f25244c7cef7";

  private static final String NONE =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private static IntBuffer batch(int... rows) {
    return IntBuffer.wrap(rows);
  }

  @Test
  void rowsAreListedByBatch() {
    assertThat(UsedRows.of(List.of(batch(3, 17), batch(4))))
        .isEqualTo(new UsedRows(3L, THREE, "3 17; 4"));
    assertThat(UsedRows.of(List.of())).isEqualTo(new UsedRows(0L, NONE, ""));
  }

  @Test
  void moreThanTenThousandRowsAreADigest() {
    int[] rows = IntStream.rangeClosed(0, 10_000).toArray();
    assertThat(UsedRows.of(List.of(batch(rows)))).isEqualTo(new UsedRows(10_001L, MANY, null));
    int[] fewer = IntStream.range(0, 10_000).toArray();
    assertThat(UsedRows.of(List.of(batch(fewer))).listed()).startsWith("0 1 2 ").endsWith(" 9999");
  }

  @Test
  void metadataKeepAllParts() {
    for (UsedRows rows :
        List.of(new UsedRows(3L, THREE, "3 17; 4"), new UsedRows(10_001L, MANY, null))) {
      assertThat(UsedRows.of(rows.metadata())).isEqualTo(rows);
      assertThat(rows.isConsistent()).isTrue();
    }
    assertThat(new UsedRows(0L, NONE, "").isConsistent()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 3 17; 4", // another number
    "3, 3 17; 5", // other rows
    "3, 3 17;4", // another form
    "3, 3 17; four",
    "3, -3 17; 4",
    "3,", // no list of few rows
  })
  void partsThatDifferAreNotConsistent(long number, String listed) {
    assertThat(new UsedRows(number, THREE, listed).isConsistent()).isFalse();
  }
}
