// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.config.HoconText.Assignment;
import dev.espalier.runner.config.HoconText.Fault;
import dev.espalier.runner.config.HoconText.Include;
import dev.espalier.runner.config.HoconText.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HoconTextTest {

  private static List<String> repeats(String text) {
    return new HoconText(text)
        .repeats().stream()
            .map(it -> it.later().path() + " " + it.earlier().line() + " " + it.later().line())
            .toList();
  }

  private static Fault fault(String text) {
    return new HoconText(text).fault().orElseThrow();
  }

  @Test
  void keysHaveTheirLinesWhateverTheSyntax() {
    HoconText text =
        new HoconText(
            """
            # a = 1
            a = 1, "b.c" : "x # y", d.e = [
              { f = 2 },
              3
            ] // g = 3
            h {
              i = \"""a
            b\"""
              j = ${a}/x
            }
            """);
    assertThat(text.fault()).isEmpty();
    assertThat(text.assignments())
        .containsExactlyInAnyOrder(
            new Assignment("a", 2, Kind.PLAIN),
            new Assignment("b.c", 2, Kind.PLAIN),
            new Assignment("d", 2, Kind.SECTION),
            new Assignment("d.e", 2, Kind.PLAIN),
            new Assignment("d.e[0].f", 3, Kind.PLAIN),
            new Assignment("h", 6, Kind.SECTION),
            new Assignment("h.i", 7, Kind.PLAIN),
            new Assignment("h.j", 9, Kind.DERIVED));
  }

  @Test
  void aKeyThatReplacesAnEarlierOneIsARepeat() {
    assertThat(repeats("a = 1\nb = 2\na = 3\n")).containsExactly("a 1 3");
    assertThat(repeats("m { r = 1 }\nm.r = 2\n")).containsExactly("m.r 1 2");
    assertThat(repeats("c = snip\nc { id = snip }\n")).containsExactly("c 1 2");
    assertThat(repeats("c { id = snip }\nc = grasp\n")).containsExactly("c 1 2");
    assertThat(repeats("c { l = [ { x = 1\n x = 2 } ] }\n")).containsExactly("c.l[0].x 1 2");
    assertThat(repeats("l = [ { x = 1 } ]\nl = [ { x = 2 } ]\n")).containsExactly("l 1 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a { b = 1 }\na { c = 2 }",
        "a.b = 1\na.c = 2",
        "l = [1]\nl += 2",
        "l = [1]\nl = ${l} [2]",
        "one { s = 1 }\ntwo = ${one}\ntwo { s = 2 }",
        "a = 1\na = null",
        "a { x = 1 }\nb { x = 1 }",
        "l = [ { x = 1 }, { x = 2 } ]"
      })
  void whatMergesOrUsesTheEarlierValueIsNoRepeat(String text) {
    assertThat(repeats(text)).isEmpty();
  }

  @Test
  void includesAreFoundInEachForm() {
    assertThat(
            new HoconText(
                    """
                    include "a.conf"
                    m { include required(file("b.conf")) }
                    include = 3
                    include url("http://c"), x = 1
                    """)
                .includes())
        .containsExactly(
            new Include("", "", "a.conf", 1),
            new Include("m", "file", "b.conf", 2),
            new Include("", "url", "http://c", 4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a = 1;m {;  x = 2;| 2 | a section without an end",
        "a = [1, 2;b = 3| 1 | a list without an end",
        "m { x = 1 ]| 1 | a ] in the section of line 1",
        "a = 1;};b = 2| 2 | a } that closes no section",
        "a = [1 };| 1 | a } in the list of line 1",
        "a = 1;b = \"x;c = 2| 2 | a text without an end",
        "a = 1;word;b = 2| 2 | the key \"word\" without a value",
        "[1, 2]| 1 | a list"
      })
  void anErrorOfFormHasItsLine(String text, int line, String found) {
    Fault fault = fault(text.replace(';', '\n'));
    assertThat(fault.found()).startsWith(found);
    assertThat(fault.line()).isEqualTo(line);
    assertThat(fault.isLimit()).isFalse();
  }

  @Test
  void deepTextsAndThoseOfManyKeysAreGivenUp() {
    for (String open : List.of("a {", "a = [", "a = [ {a = ", "a.")) {
      String text = "x = 1\n" + open + open.replace("a = [", "[").repeat(100_000);
      assertThat(fault(text).isLimit()).as(open).isTrue();
      assertThat(fault(text).line()).isEqualTo(2);
    }
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < HoconText.KEYS + 1; i++) {
      many.append("key-").append(i).append(" = 1\n");
    }
    assertThat(fault(many.toString()))
        .isEqualTo(
            new Fault(
                HoconText.KEYS + 1,
                "more than " + HoconText.KEYS + " keys",
                "at most " + HoconText.KEYS,
                true));
  }

  static Iterable<String> builtIn() {
    return ExperimentReader.builtIn().keySet();
  }

  @ParameterizedTest
  @MethodSource("builtIn")
  void builtInExperimentsHaveNeitherFaultsNorRepeats(String name) throws IOException {
    try (var in = HoconText.class.getResourceAsStream("/experiments/" + name + ".conf")) {
      HoconText text = new HoconText(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      assertThat(text.fault()).isEmpty();
      assertThat(text.repeats()).isEmpty();
    }
  }
}
