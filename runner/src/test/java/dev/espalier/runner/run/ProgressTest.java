// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Ticket;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private static String found(String branch, Map<String, String> findings) {
    StringWriter screen = new StringWriter();
    new Progress(new Screen(new PrintWriter(screen)))
        .found("snip, ", new Ticket(2, branch, null, null, null, null, null, findings));
    return screen.toString().strip();
  }

  @Test
  void aFindingIsShownWithItsRoundAndBranch() {
    Map<String, String> one = Map.of("mean-magnitude", "0.0183245678");
    assertThat(found("ticket", one)).isEqualTo("snip, round 2: mean-magnitude 0.018325");
    assertThat(found("fit", one)).isEqualTo("snip, round 2, fit: mean-magnitude 0.018325");
    assertThat(found("fit", Map.of("channels", "64,".repeat(30)))).isEmpty();
  }

  @Test
  void fractionsAreShownToFiveDigitsAndAllElseAsItIs() {
    assertThat(Progress.rounded("0.018324567")).isEqualTo("0.018325");
    assertThat(Progress.rounded("123456.789")).isEqualTo("1.2346E+5");
    assertThat(Progress.rounded("1.23456789E-9")).isEqualTo("1.2346E-9");
    assertThat(Progress.rounded("0.25")).isEqualTo("0.25");
    assertThat(Progress.rounded("12345678")).isEqualTo("12345678");
    assertThat(Progress.rounded("NaN")).isEqualTo("NaN");
    assertThat(Progress.rounded("0.1234567,0.2")).isEqualTo("0.1234567,0.2");
  }
}
