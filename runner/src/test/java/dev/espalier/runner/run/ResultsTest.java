// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static dev.espalier.runner.run.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.run.Results.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

  @TempDir private Path folder;

  private static Row found(int replicate, int round, String branch, Map<String, String> findings) {
    return row("", replicate, round, branch, 0.5, Rows.DENSE, findings);
  }

  @Test
  void findingsAreInTheOrderOfTheResults() throws IOException {
    Map<String, String> two = new LinkedHashMap<>();
    two.put("z", "1");
    two.put("a", "2");
    try (RunFolder run = new RunFolder(folder)) {
      Results results = new Results(run);
      results.add(found(1, 1, "ticket", Map.of("z", "3")));
      results.add(found(0, 2, "ticket", Map.of("z", "4")));
      results.add(found(0, 1, "fit", Map.of("z", "5")));
      results.add(found(0, 1, "reset", Map.of()));
      results.add(found(0, 1, "ticket", two));
      results.write();
    }
    assertThat(folder.resolve("findings.csv"))
        .hasContent(
            """
            variant,replicate,round,branch,finding,value
            ,0,1,ticket,z,1
            ,0,1,ticket,a,2
            ,0,1,fit,z,5
            ,0,2,ticket,z,4
            ,1,1,ticket,z,3
            """);
  }

  @Test
  void valuesWithCommasAndQuotesAreQuoted() throws IOException {
    try (RunFolder run = new RunFolder(folder)) {
      Results results = new Results(run);
      results.add(found(0, 1, "ticket", Map.of("channels", "64,\"all\" of 32")));
      results.add(found(0, 2, "ticket", Map.of("note", "two\nlines")));
      assertThat(results.findings())
          .endsWith(
              """
              ,0,1,ticket,channels,"64,""all"" of 32"
              ,0,2,ticket,note,"two
              lines"
              """);
    }
  }

  @Test
  void withoutFindingsThereIsNoFile() throws IOException {
    try (RunFolder run = new RunFolder(folder)) {
      Results results = new Results(run);
      results.add(found(0, 1, "ticket", Map.of()));
      results.write();
      assertThat(run.file("results.csv")).exists();
      assertThat(run.file("findings.csv")).doesNotExist();
    }
  }

  @Test
  void findingsOfAnEarlierStartThatGotFurtherAreKept() throws IOException {
    String all;
    try (RunFolder run = new RunFolder(folder)) {
      Results first = new Results(run);
      first.add(found(0, 1, "ticket", Map.of("a", "1", "b", "2")));
      first.add(found(0, 2, "ticket", Map.of("a", "3")));
      first.write();
      all = Files.readString(run.file("findings.csv"));
      Results second = new Results(run);
      second.add(found(0, 1, "ticket", Map.of("a", "1", "b", "2")));
      second.write();
      assertThat(run.file("findings.csv")).hasContent(all);
      second.add(found(0, 2, "ticket", Map.of("a", "4")));
      second.write();
      assertThat(run.file("findings.csv")).hasContent(all.replace("a,3", "a,4"));
    }
  }
}
