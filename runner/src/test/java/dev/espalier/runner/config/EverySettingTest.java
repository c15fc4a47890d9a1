// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import dev.espalier.api.Training;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.runner.plugin.Registry;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EverySettingTest {

  private static final Registry REGISTRY = Registry.load();

  /** Every component with a range of every settings record. */
  static Stream<RecordComponent> ranged() {
    return Stream.concat(
            Stream.of(Experiment.class, DataSettings.class, Training.class),
            REGISTRY.kinds().stream()
                .flatMap(kind -> REGISTRY.all(kind).stream())
                .map(entry -> entry.settings()))
        .flatMap(type -> Arrays.stream(type.getRecordComponents()))
        .filter(component -> !component.getAnnotation(Setting.class).range().isEmpty())
        .filter(component -> !range(component).startsWith("(-inf"))
        .filter(component -> !isSpan(component) || !range(component).startsWith("[0"));
  }

  /** A span below 0 is no span. */
  private static boolean isSpan(RecordComponent component) {
    return component.getGenericType().getTypeName().contains(Span.class.getName());
  }

  private static String range(RecordComponent component) {
    return component.getAnnotation(Setting.class).range();
  }

  @ParameterizedTest
  @MethodSource("ranged")
  void aValueOutOfItsRangeIsNamedWithTheLineOfItsKey(RecordComponent component) {
    String range = range(component);
    String key = Names.key(component.getName());
    int low = Integer.parseInt(range.substring(1, range.indexOf(',')));
    String value = Integer.toString(low - 1);
    String text =
        component.getGenericType() instanceof ParameterizedType generic
                && generic.getRawType() == List.class
            ? "[" + value + "]"
            : value;
    ConfigProblem problem =
        catchThrowableOfType(
            ConfigProblem.class,
            () ->
                new Binder(REGISTRY)
                    .read(
                        component.getDeclaringRecord().asSubclass(Record.class),
                        ConfigFactory.parseString(
                                "# a section\n\n" + key + " = " + text + "\n",
                                ConfigParseOptions.defaults().setOriginDescription("here"))
                            .root(),
                        Set.of()));
    assertThat(problem.getMessage().lines())
        .anySatisfy(
            line ->
                assertThat(line).startsWith("here:3: " + key + ": found " + value).contains(range));
  }
}
