// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.launcher.Distribution.Ended;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One bad jar is named and left out, and takes nothing else with it. */
@Tag("slow")
class BrokenPluginIT {

  private static final String CRITERION =
      """
      package %1$s;
      import dev.espalier.api.*;
      import dev.espalier.api.state.Scores;
      public record Mine() implements Criterion {
        public Scores score(Scoring scoring) { return scoring.ofWeights((start, now) -> now); }
      }
      """;

  private static final String PLUGIN =
      """
      package %1$s;
      import dev.espalier.api.*;
      public final class MinePlugin implements Plugin {
        public void contribute(Catalog catalog) { catalog.criterion("%2$s", Mine.class); }
      }
      """;

  private static final String MODULE =
      """
      module %1$s {
        requires dev.espalier.api;
        %2$s
        provides dev.espalier.api.Plugin with %3$s.MinePlugin;
      }
      """;

  @TempDir private Path work;
  private Distribution espalier;

  @BeforeEach
  void copy() throws IOException {
    espalier = new Distribution(work);
  }

  /** A plugin jar whose module exports its package. */
  private Path plugin(
      String jar, String module, String itsPackage, String id, String more, Path... beside)
      throws IOException {
    return hiding(jar, module, itsPackage, id, more + " exports " + itsPackage + ";", beside);
  }

  /** A plugin jar with a module-info that exports nothing by itself. */
  private Path hiding(
      String jar, String module, String itsPackage, String id, String more, Path... beside)
      throws IOException {
    List<Path> path = new ArrayList<>(espalier.lib());
    path.addAll(List.of(beside));
    String folder = itsPackage.replace('.', '/') + "/";
    Path made = espalier.plugins().resolve(jar);
    Jars.make(
        work.resolve("of-" + jar),
        Map.of(
            "module-info.java",
            MODULE.formatted(module, more, itsPackage),
            folder + "Mine.java",
            CRITERION.formatted(itsPackage),
            folder + "MinePlugin.java",
            PLUGIN.formatted(itsPackage, id)),
        path,
        true,
        made);
    return made;
  }

  /** A module without any plugin, in a folder of its own. */
  private Path library(String module) throws IOException {
    Path jar = Files.createDirectories(work.resolve("elsewhere")).resolve(module + ".jar");
    Jars.make(
        work.resolve("of-" + module),
        Map.of(
            "module-info.java",
            "module " + module + " { exports " + module + "; }",
            module + "/Help.java",
            "package " + module + "; public interface Help {}"),
        List.of(),
        true,
        jar);
    return jar;
  }

  private String skipped(String jar, String... because) throws InterruptedException {
    return skipped(espalier.run(work, "list").succeeded(), jar, because);
  }

  private static String skipped(Ended list, String jar, String... because) {
    assertThat(list.out())
        .containsPattern("(?m)^  magnitude ")
        .containsPattern("(?m)^  digits ")
        .containsPattern("plugin not loaded: " + jar + ".*: ");
    assertThat(list.out().lines().filter(line -> line.startsWith("plugin not loaded: " + jar)))
        .singleElement()
        .asString()
        .contains(because);
    return list.out();
  }

  @Test
  void badJarsAreNamedAndTheOthersRun() throws IOException, InterruptedException {
    Files.writeString(espalier.plugins().resolve("garbage.jar"), "this is no jar");
    Path needed = library("needed");
    plugin("orphan.jar", "orphan", "org.orphan", "orphan", "requires needed;", needed);
    plugin("z-clash.jar", "dev.espalier.methods.imp", "org.clash", "clash", "");
    plugin("good.jar", "good", "org.good", "good", "");

    Path undeclared = plugin("undeclared.jar", "undeclared", "org.undeclared", "undeclared", "");
    Path classes = work.resolve("of-undeclared.jar/classes/org/undeclared");
    Map<String, byte[]> code =
        Map.of(
            "org/undeclared/Mine.class", Files.readAllBytes(classes.resolve("Mine.class")),
            "org/undeclared/MinePlugin.class",
                Files.readAllBytes(classes.resolve("MinePlugin.class")));
    Jars.write(undeclared, code);
    Jars.write(espalier.plugins().resolve("p-const.jar"), code);
    Map<String, byte[]> wrong = new TreeMap<>(code);
    wrong.put(
        "META-INF/services/dev.espalier.api.Plugin",
        "not a class".getBytes(StandardCharsets.UTF_8));
    Jars.write(espalier.plugins().resolve("wrong.jar"), wrong);

    Ended ended = espalier.run(work, "list").succeeded();
    String list = skipped(ended, "orphan.jar", "needed");
    skipped(ended, "garbage.jar", "Error reading", "Remove it, or build it again");
    skipped(ended, "z-clash.jar", "dev.espalier.methods.imp", "espalier-methods-imp-");
    skipped(ended, "undeclared.jar", "org.undeclared.MinePlugin and no declaration", "services");
    skipped(ended, "p-const.jar", "Rename the jar");
    skipped(ended, "wrong.jar", "dev.espalier.api.Plugin:1: found \"not a class\"");
    assertThat(list)
        .containsPattern("(?m)^  good ")
        .doesNotContainPattern("(?m)^  (orphan|clash) ");

    Files.writeString(work.resolve("tiny.conf"), Distribution.TINY);
    Ended run =
        espalier
            .run(
                work,
                "run",
                "tiny.conf",
                "--set",
                "method.criterion=good",
                "--set",
                "method.rounds=1")
            .succeeded();
    assertThat(run.err())
        .contains("plugin not loaded: orphan.jar", "garbage.jar", "z-clash.jar")
        .doesNotContain("\tat ");

    Ended missing = espalier.run(work, "run", "tiny.conf", "--set", "method.criterion=orphan");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err())
        .contains("unknown criterion \"orphan\"", "not loaded: ", "orphan.jar");
  }

  @Test
  void twoPluginsWithOnePackageAreNotBothLoaded() throws IOException, InterruptedException {
    plugin("first.jar", "first", "org.same", "first", "");
    plugin("second.jar", "second", "org.same", "second", "");
    assertThat(skipped("second.jar", "org.same", "first"))
        .containsPattern("(?m)^  first ")
        .doesNotContainPattern("(?m)^  second ");
  }

  @Test
  void aPluginMayNeedAJarThatComesAfterItAndAnotherPlugin()
      throws IOException, InterruptedException {
    Path needed = library("needed");
    List<Path> path = new ArrayList<>(List.of(needed));
    try (Stream<Path> plugins = Files.list(espalier.plugins())) {
      plugins.forEach(path::add);
    }
    String requires = "requires needed; requires dev.espalier.methods.imp;";
    plugin("a.jar", "first", "org.first", "first", requires, path.toArray(Path[]::new));
    Files.copy(needed, espalier.plugins().resolve("z.jar"));
    Ended list = espalier.run(work, "list").succeeded();
    assertThat(list.out()).containsPattern("(?m)^  first ").doesNotContain("not loaded");
  }

  @Test
  void aPluginWhoseClassIsMissingOrTooNewIsNamed() throws IOException, InterruptedException {
    Jars.write(
        espalier.plugins().resolve("hollow.jar"),
        Map.of(
            "META-INF/services/dev.espalier.api.Plugin",
            "org.hollow.Gone\n".getBytes(StandardCharsets.UTF_8),
            "org/hollow/Other.class",
            new byte[] {1}));
    skipped("hollow.jar", "org.hollow.Gone");

    Path good = plugin("young.jar", "young", "org.young", "young", "");
    Files.delete(good);
    Path classes = work.resolve("of-young.jar/classes");
    byte[] newer = Files.readAllBytes(classes.resolve("org/young/MinePlugin.class"));
    // The class file's major version.
    newer[7] = 120;
    Jars.write(
        good,
        Map.of(
            "module-info.class", Files.readAllBytes(classes.resolve("module-info.class")),
            "org/young/Mine.class", Files.readAllBytes(classes.resolve("org/young/Mine.class")),
            "org/young/MinePlugin.class", newer));
    skipped("young.jar", "class version 120 (Java 76) of org.young.MinePlugin", "--release 17");
  }

  @Test
  void twoPluginsWithOneIdAreBothNamed() throws IOException, InterruptedException {
    plugin("mine.jar", "mine", "org.mine", "magnitude", "");
    Ended list = espalier.run(work, "list");
    assertThat(list.code()).isEqualTo(2);
    assertThat(list.err())
        .contains("criterion \"magnitude\"", "mine.jar", "espalier-methods-imp", "Remove one")
        .doesNotContain("\tat ");
  }

  @Test
  void aRecordThatItsModuleHidesIsRefusedBeforeAnythingRuns()
      throws IOException, InterruptedException {
    hiding("hidden.jar", "hidden", "org.hidden", "hidden", "");
    Ended list = espalier.run(work, "list");
    assertThat(list.code()).isEqualTo(2);
    assertThat(list.err())
        .contains("hidden.jar", "hidden", "org.hidden.Mine", "export org.hidden")
        .doesNotContain("\tat ");
  }
}
