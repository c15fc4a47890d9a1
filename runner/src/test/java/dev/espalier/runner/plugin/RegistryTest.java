// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plugin;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.Split;
import dev.espalier.api.TieRule;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.BuiltIns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryTest {

  /** A criterion. */
  public record Plain() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** A criterion that is no record. */
  public static final class Mutable implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  private static Plugin criterion(String id) {
    return catalog -> catalog.criterion(id, Plain.class);
  }

  @Test
  void findsThePluginsOfTheClassPath() {
    Registry registry = Registry.load();
    assertThat(registry.find(Method.class, "imp")).isPresent();
    assertThat(registry.find(Criterion.class, "magnitude")).isPresent();
    assertThat(registry.find(Schedule.class, "geometric")).isPresent();
    assertThat(registry.find(Model.class, "lenet-300-100")).isPresent();
    assertThat(registry.find(DataSource.class, "digits")).isPresent();
    assertThat(registry.find(Optimizer.class, "adam")).isPresent();
    assertThat(registry.find(Split.class, "kels")).isPresent();
    assertThat(registry.skipped()).isEmpty();
    assertThat(registry.skippedHint()).isEmpty();
  }

  @Test
  void scopesPatternsTieRulesInitialisersAndDeficitsHaveTheWordsOfExperiments() {
    Registry registry = Registry.load();
    assertThat(registry.all(TieRule.class))
        .extracting(PluginEntry::id)
        .containsExactly("exact", "grasp", "reference", "snip", "snip-pytorch", "synflow");
    assertThat(registry.all(Scope.class))
        .extracting(PluginEntry::id)
        .containsExactly("balanced", "er", "erk", "global", "layer", "uniform-plus");
    assertThat(registry.all(Pattern.class))
        .extracting(PluginEntry::id)
        .containsExactly("blocks", "n-m", "unstructured");
    assertThat(registry.all(Initialiser.class))
        .extracting(PluginEntry::id)
        .containsExactly(
            "constant",
            "glorot-normal",
            "glorot-uniform",
            "kaiming-normal",
            "kaiming-normal-fan-out",
            "normal",
            "pytorch-default",
            "signed-constant",
            "small-normal",
            "unsigned-constant",
            "variance-scaling");
    assertThat(registry.all(Deficit.class))
        .extracting(PluginEntry::id)
        .containsExactly("blur", "label-noise");
  }

  @Test
  void everythingThatComesWithEspalierSaysWhatItIs() {
    Registry registry = Registry.load();
    assertThat(registry.kinds())
        .allSatisfy(
            kind ->
                assertThat(registry.all(kind))
                    .isNotEmpty()
                    .allSatisfy(named -> assertThat(named.summary()).as(named.id()).isNotBlank()));
  }

  @Test
  void knowsWhatAPluginSaid() {
    Registry registry =
        Registry.of(
            catalog ->
                catalog.criterion("plain", Plain.class).summary("All alike").paper("A paper"));
    PluginEntry plain = registry.find(Criterion.class, "plain").orElseThrow();
    assertThat(plain.summary()).isEqualTo("All alike");
    assertThat(plain.paper()).contains("A paper");
    assertThat(plain.kind()).isEqualTo(Criterion.class);
    assertThat(plain.type()).isEqualTo(Plain.class);
    assertThat(plain.settings()).isEqualTo(Plain.class);
    assertThat(registry.idOf(Criterion.class, Plain.class)).isEqualTo("plain");
  }

  @Test
  void aClashNamesTheIdAndBothJars() {
    // This one's classes are in another place than the test's.
    Plugin other = new BuiltIns();
    Plugin mine = catalog -> catalog.add(Optimizer.class, "adam", Fake.class);
    assertThatThrownBy(() -> Registry.of(other, mine))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll(
            "optimizer \"adam\"", "classes and test-classes", "Remove one of the jars");
  }

  /** An optimizer in name. */
  public record Fake() implements Optimizer {
    @Override
    public double learningRate() {
      return 0;
    }

    @Override
    public Updater on(ai.djl.ndarray.NDArray w, dev.espalier.api.Moments moments) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void thingsOfDifferentKindsMayShareAnId() {
    Registry registry =
        Registry.of(criterion("adam"), catalog -> catalog.add(Optimizer.class, "adam", Fake.class));
    assertThat(registry.find("adam"))
        .extracting(PluginEntry::kind)
        .containsExactly(Criterion.class, Optimizer.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Plain", "plain_one", "-plain", "plain-", "plain--one", "pl ain"})
  void refusesAnIdThatIsNotWordsAndHyphens(String id) {
    assertThatThrownBy(() -> Registry.of(criterion(id)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll(
            "test-classes", "\"" + id + "\"", "allowed is lower-case words and hyphens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "plain-2", "300-100", "a"})
  void takesAnIdOfWordsAndHyphens(String id) {
    assertThat(Registry.of(criterion(id)).find(Criterion.class, id)).isPresent();
  }

  @Test
  void refusesAKindThatNothingChooses() {
    assertThatThrownBy(
            () -> Registry.of(catalog -> catalog.add(Supplier.class, "plain", Given.class)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll("plain", "kind", "Supplier");
  }

  /** A record of no kind. */
  @SuppressWarnings("rawtypes")
  public record Given() implements Supplier {
    @Override
    public Object get() {
      return "";
    }
  }

  @Test
  void refusesWhatIsNotARecord() {
    assertThatThrownBy(() -> Registry.of(catalog -> catalog.criterion("mutable", Mutable.class)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll("test-classes", "mutable", "allowed is a record");
  }

  /** A criterion with components that no configuration can set. */
  public record Undescribed(int k) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** A criterion with a range that is no interval. */
  public record Endless(@Setting(value = "a number", range = "0..1") int k) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** A criterion with a setting that is read by nothing. */
  public record Threaded(@Setting("a thread") Thread thread) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void refusesSettingsThatCannotBeRead() {
    assertThatThrownBy(() -> Registry.of(c -> c.criterion("mine", Undescribed.class)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll("mine: ", "Undescribed.k: found no @Setting");
    assertThatThrownBy(() -> Registry.of(c -> c.criterion("mine", Endless.class)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll("Endless.k: found the range \"0..1\"", "interval");
    assertThatThrownBy(() -> Registry.of(c -> c.criterion("mine", Threaded.class)))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll("Threaded.thread: found type java.lang.Thread");
  }

  @Test
  void aPluginMadeForAnotherApiIsSkippedWithAReasonAndTheOthersAreNot() {
    Registry registry =
        Registry.of(
            catalog -> {
              catalog.criterion("half", Plain.class);
              throw new NoSuchMethodError("dev.espalier.api.Catalog.mask");
            },
            criterion("plain"));
    assertThat(registry.find(Criterion.class, "plain")).isPresent();
    assertThat(registry.find(Criterion.class, "half")).as("what it did name").isEmpty();
    assertThat(registry.skipped())
        .singleElement()
        .asString()
        .contains("test-classes", "Catalog.mask", "another version of the api");
    assertThat(registry.skippedHint()).contains("not loaded: ", "Catalog.mask");
  }

  @Test
  void aPluginThatFailsIsSkippedWithAReason() {
    Registry registry =
        Registry.of(
            catalog -> {
              throw new IllegalStateException("no licence");
            },
            criterion("plain"));
    assertThat(registry.find(Criterion.class, "plain")).isPresent();
    assertThat(registry.skipped()).singleElement().asString().contains("no licence");
  }

  /** Cannot be made. */
  public static final class Throwing implements Plugin {
    /** Fails. */
    public Throwing() {
      throw new NoClassDefFoundError("org/example/Missing");
    }

    @Override
    public void contribute(dev.espalier.api.Catalog catalog) {
      throw new UnsupportedOperationException();
    }
  }

  /** The registry as it is with some more lines in META-INF/services. */
  private static Registry loadWith(Path folder, String... plugins) {
    try {
      Path services = folder.resolve("META-INF/services");
      Files.createDirectories(services);
      Files.write(services.resolve(Plugin.class.getName()), List.of(plugins));
      ClassLoader before = Thread.currentThread().getContextClassLoader();
      try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
        Thread.currentThread().setContextClassLoader(loader);
        return Registry.load();
      } finally {
        Thread.currentThread().setContextClassLoader(before);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPluginThatCannotBeMadeIsSkippedWithAReason(@TempDir Path folder) {
    Registry registry = loadWith(folder, Throwing.class.getName());
    assertThat(registry.skipped())
        .singleElement()
        .asString()
        .contains("test-classes", Throwing.class.getName());
    assertThat(registry.find(Method.class, "imp")).isPresent();
  }

  @Test
  void aPluginThatIsNotThereIsSkippedWithAReason(@TempDir Path folder) {
    Registry registry = loadWith(folder, "org.example.Missing", Mutable.class.getName());
    assertThat(registry.skipped())
        .anySatisfy(reason -> assertThat(reason).contains("org.example.Missing"))
        .anySatisfy(reason -> assertThat(reason).contains(Mutable.class.getName()));
    assertThat(registry.find(Method.class, "imp")).isPresent();
  }

  @Test
  void aServicesFileThatCannotBeReadIsReported(@TempDir Path folder) {
    Registry registry = loadWith(folder, "not a class");
    assertThat(registry.skipped()).singleElement().asString().contains("META-INF/services");
    assertThat(registry.find(Method.class, "imp")).isPresent();
  }
}
