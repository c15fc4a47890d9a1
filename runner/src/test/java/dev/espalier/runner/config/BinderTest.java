// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.api.Catalog;
import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.plugin.Registry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BinderTest {

  /** Two words. */
  public enum Colour {
    DARK_RED,
    BLUE
  }

  /** A criterion without settings. */
  public record Plain() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** A criterion with a setting. */
  public record Powered(@Setting(value = "the power", range = "(0, 9]") double power)
      implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** Data with a setting of its own. */
  public record Files(@Setting("where they are") Optional<String> path) implements DataSource {
    @Override
    public Data load(Prepared prepared) {
      throw new UnsupportedOperationException();
    }
  }

  /** A method. */
  public static final class Walk implements Method {
    /** Its settings. */
    public record Stride(@Setting(value = "steps", range = "[1, 9]") int steps) {}

    @Override
    public void run(Trial trial) {
      throw new UnsupportedOperationException();
    }
  }

  /** A section without an id. */
  public record Inner(@Setting(value = "how deep", defaults = "1") int depth) {}

  /** One component of each type that a setting may have. */
  public record Everything(
      @Setting(value = "a number of things", range = "[1, 10]") int count,
      @Setting(value = "a large number", defaults = "7") long large,
      @Setting(value = "a fraction", defaults = "0.5", range = "[0, 1)") double ratio,
      @Setting(value = "a switch", defaults = "false") boolean flag,
      @Setting(value = "a text", defaults = "word") String text,
      @Setting(value = "a length", defaults = "2 epochs") Span length,
      @Setting(value = "a colour", defaults = "blue") Colour wallColour,
      @Setting(value = "perhaps a number", range = "[0, 1)") Optional<Double> maybe,
      @Setting(value = "widths", defaults = "[3, 4]", range = "[1, inf)") List<Integer> widths,
      @Setting(value = "colours", defaults = "[]") List<Colour> colours,
      @Setting(value = "a section", defaults = "{}") Inner inner,
      @Setting(value = "a criterion", defaults = "plain") Criterion criterion) {}

  /** A section that a source and something else share. */
  public record Shared(
      @Setting(value = "the source", inline = true) DataSource source,
      @Setting(value = "held out", defaults = "0", range = "[0, inf)") int validation) {}

  /** A section with a method. */
  public record Chosen(@Setting("the method") MethodChoice method) {}

  /** Refuses a combination. */
  public record Pair(@Setting("low") int low, @Setting("high") int high) {
    /** Checks the order. */
    public Pair {
      if (low > high) {
        throw new RefusedException("low", low, "at most " + high);
      }
    }
  }

  /** Has a pair and something else. */
  public record Outer(@Setting("a pair") Pair pair, @Setting("a size") int size) {}

  private static final class Things implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.criterion("plain", Plain.class);
      catalog.criterion("powered", Powered.class);
      catalog.data("files", Files.class);
      catalog.method("walk", Walk.class, Walk.Stride.class);
    }
  }

  private static final Registry REGISTRY = Registry.of(new Things());

  private static <R extends Record> R read(Class<R> type, String... lines) {
    return new Binder(REGISTRY)
        .read(
            type,
            ConfigFactory.parseString(
                    String.join("\n", lines),
                    ConfigParseOptions.defaults().setOriginDescription("here"))
                .root(),
            Set.of());
  }

  private static List<String> problems(Class<? extends Record> type, String... lines) {
    ConfigProblem problem = catchThrowableOfType(ConfigProblem.class, () -> read(type, lines));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().lines().toList();
  }

  @Test
  void takesDefaultsForKeysThatAreNotThere() {
    assertThat(read(Everything.class, "count = 3"))
        .isEqualTo(
            new Everything(
                3,
                7,
                0.5,
                false,
                "word",
                Span.epochs(2),
                Colour.BLUE,
                Optional.empty(),
                List.of(3, 4),
                List.of(),
                new Inner(1),
                new Plain()));
  }

  @Test
  void readsEveryTypeOfSetting() {
    assertThat(
            read(
                Everything.class,
                "count = 10",
                "large = 5e10",
                "ratio = 0",
                "flag = yes",
                "text = two words",
                "length = 500",
                "wall-colour = dark-red",
                "maybe = 0.25",
                "widths = [8]",
                "colours = [ blue, dark-red ]",
                "inner { depth = 4 }",
                "criterion { id = powered, power = 1.5 }"))
        .isEqualTo(
            new Everything(
                10,
                50_000_000_000L,
                0,
                true,
                "two words",
                Span.iterations(500),
                Colour.DARK_RED,
                Optional.of(0.25),
                List.of(8),
                List.of(Colour.BLUE, Colour.DARK_RED),
                new Inner(4),
                new Powered(1.5)));
  }

  @Test
  void aNullIsAsGoodAsAMissingKey() {
    assertThat(read(Everything.class, "count = 3", "ratio = null", "maybe = null"))
        .isEqualTo(read(Everything.class, "count = 3"));
  }

  @Test
  void anIdAloneStandsForItsSection() {
    assertThat(read(Everything.class, "count = 3", "criterion = plain").criterion())
        .isEqualTo(new Plain());
    assertFacts(
        problems(Everything.class, "count = 3", "criterion = powered"),
        "here:2: criterion.power: | the power");
  }

  @Test
  void saysWhereASpanIsNotOne() {
    assertThat(problems(Everything.class, "count = 3", "length = forty epochs"))
        .singleElement()
        .asString()
        .startsWith("here:2: length: found \"forty epochs\", allowed is iterations")
        .contains("epochs");
    assertThat(problems(Everything.class, "count = 3", "length = 99999999999999999999"))
        .singleElement()
        .asString()
        .startsWith("here:2: length: found ");
  }

  @Test
  void namesTheNearestKey() {
    assertFacts(
        problems(Everything.class, "count = 3", "ratoi = 0.1"),
        "here:2: ratoi: | unknown key | mean ratio? | count, large,");
  }

  @Test
  void aKeyLikeNoOtherIsNotGuessedAt() {
    assertThat(problems(Everything.class, "count = 3", "thermometer = 1"))
        .singleElement()
        .asString()
        .contains("thermometer: ", "unknown key")
        .doesNotContain("you mean");
  }

  @Test
  void namesTheNearestId() {
    assertFacts(
        problems(Everything.class, "count = 3", "criterion { id = powred }"),
        "here:2: criterion.id: found | unknown criterion \"powred\" | mean powered? | plain, powered");
  }

  @Test
  void namesTheNearestWordOfAnEnum() {
    assertFacts(
        problems(Everything.class, "count = 3", "wall-colour = dark-rad"),
        "here:2: wall-colour: found \"dark-rad\" | dark-red or blue | mean dark-red?");
  }

  @Test
  void refusesTheWrongType() {
    assertFacts(
        problems(
            Everything.class,
            "count = 2.5",
            "large = many",
            "ratio = half",
            "flag = 3",
            "text = [ a ]",
            "widths = 7",
            "colours = [ blue, 3 ]",
            "inner = 3",
            "criterion = 3"),
        "here:1: count: found 2.5 | whole number",
        "here:2: large: found \"many\" | whole number",
        "here:3: ratio: found \"half\" | a number",
        "here:4: flag: found 3 | true or false",
        "here:5: text: found [\"a\"] | single value",
        "here:6: widths: found 7 | list | [ ... ]",
        "here:7: colours[1]: found 3 | dark-red or blue",
        "here:8: inner: found 3 | section { ... }",
        "here:9: criterion: found 3 | id | { id = ... }");
  }

  @Test
  void refusesAWholeNumberThatDoesNotFit() {
    assertFacts(
        problems(Everything.class, "count = 4294967297"),
        "here:1: count: found 4294967297 | whole number");
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertFacts(
        problems(
            Everything.class,
            "count = 11",
            "ratio = 1",
            "maybe = -0.1",
            "widths = [ 4, 0 ]",
            "criterion { id = powered, power = 0 }"),
        "here:1: count: found 11 | [1, 10]",
        "here:2: ratio: found 1, | [0, 1)",
        "here:3: maybe: found -0.1 | [0, 1)",
        "here:4: widths: found 0 | [1, inf)",
        "here:5: criterion.power: found 0, | (0, 9]");
  }

  @Test
  void notANumberIsInNoRange() {
    assertFacts(
        problems(Everything.class, "count = 3", "ratio = NaN"),
        "here:2: ratio: found NaN | [0, 1)");
  }

  @Test
  void saysWhatAMissingKeyIsFor() {
    assertThat(problems(Everything.class, "ratio = 0.1"))
        .singleElement()
        .asString()
        .contains("count: ", "a number of things");
  }

  @Test
  void aSourceSharesItsSection() {
    assertThat(read(Shared.class, "id = files", "path = /here", "validation = 3"))
        .isEqualTo(new Shared(new Files(Optional.of("/here")), 3));
  }

  @Test
  void anUnknownKeyOfASharedSectionIsNamedOnceWithAllThatAreAllowed() {
    assertFacts(
        problems(Shared.class, "id = files", "pth = /here"),
        "here:2: pth: | unknown key | mean path? | id, path, validation");
  }

  @Test
  void anUnknownIdInASharedSectionDoesNotMakeTheOtherKeysWrong() {
    assertFacts(
        problems(Shared.class, "id = fils", "path = /here"),
        "here:1: id: found | unknown data set \"fils\" | mean files? | files");
  }

  @Test
  void anIdThatIsMissingIsAskedFor() {
    assertFacts(problems(Chosen.class, "method { steps = 3 }"), "here:1: method.id: | walk");
  }

  @Test
  void aMethodIsChosenWithItsSettingsAndNotYetMade() {
    assertThat(read(Chosen.class, "method { id = walk, steps = 3 }").method())
        .isEqualTo(new MethodChoice("walk", Walk.class, new Walk.Stride(3)));
    assertFacts(
        problems(Chosen.class, "method {", "id = walk", "steps = 0", "stps = 3", "}"),
        "here:3: method.steps: found 0 | [1, 9]",
        "here:4: method.stps: | unknown key | mean steps? | steps");
  }

  @Test
  void whatARecordItselfRefusesIsAProblemOfItsSection() {
    assertFacts(
        problems(Outer.class, "pair {", "low = 3, high = 2", "}", "size = big"),
        "here:2: pair.low: found 3 | at most 2",
        "here:4: size: found \"big\" | whole number");
  }

  @Test
  void ignoresTheKeysItIsToldToIgnoreAtTheTopAlone() {
    assertThat(
            new Binder(REGISTRY)
                .read(
                    Inner.class,
                    ConfigFactory.parseString("depth = 2, provenance { java = 17 }").root(),
                    Set.of("provenance")))
        .isEqualTo(new Inner(2));
    assertThatThrownBy(
            () ->
                new Binder(REGISTRY)
                    .read(
                        Everything.class,
                        ConfigFactory.parseString("count = 1, inner { provenance = 1 }").root(),
                        Set.of("provenance")))
        .hasMessageContainingAll("inner.provenance: ", "unknown key");
  }

  @Test
  void writesWhatItReads() {
    Everything thing =
        read(
            Everything.class,
            "count = 10",
            "length = 1 epoch",
            "wall-colour = dark-red",
            "maybe = 0.25",
            "colours = [ blue, dark-red ]",
            "criterion { id = powered, power = 0.1 }");
    ConfigObject written =
        (ConfigObject) ConfigValueFactory.fromAnyRef(new Binder(REGISTRY).write(thing));
    assertThat(written.unwrapped())
        .containsEntry("length", "1 epoch")
        .containsEntry("wall-colour", "dark-red")
        .containsEntry("criterion", Map.of("id", "powered", "power", 0.1));
    assertThat(new Binder(REGISTRY).read(Everything.class, written, Set.of())).isEqualTo(thing);
  }

  @Test
  void aKeyIsTheComponentsNameInWordsWithHyphens() {
    assertThat(Names.key("wallColour")).isEqualTo("wall-colour");
  }
}
