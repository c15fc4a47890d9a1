// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.runner.launcher.Distribution.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The method of docs/plugin.md, made of nothing but the files on that page. */
@Tag("slow")
class ThirdPartyMethodIT {

  private static final String FOLDER = "prune-and-tune/";
  private static final String CONF = FOLDER + "tune.conf";
  private static final String MODULE = "module-info.java";
  private static final double FAR_ABOVE_CHANCE = 0.7;

  @TempDir private Path work;

  /** All files except the experiment, as a jar has them. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    QuotedFiles.of("docs/plugin.md", FOLDER)
        .forEach((file, text) -> sources.put(file.substring(FOLDER.length()), text));
    assertThat(sources).containsKeys(MODULE, "META-INF/services/dev.espalier.api.Plugin");
    sources.remove(CONF.substring(FOLDER.length()));
    return sources;
  }

  @Test
  void methodSettingsAndPluginAreAtMost40LinesOfJava() throws IOException {
    long lines =
        sources().entrySet().stream()
            .filter(file -> file.getKey().endsWith(".java") && !file.getKey().equals(MODULE))
            .flatMap(file -> file.getValue().lines())
            .filter(line -> !line.isBlank())
            .count();
    assertThat(lines).isBetween(20L, 40L);
  }

  @Test
  void worksAsAModule() throws IOException, InterruptedException {
    Distribution espalier = new Distribution(work);
    Jars.make(
        work.resolve("modular"),
        sources(),
        espalier.lib(),
        true,
        espalier.plugins().resolve("prune-and-tune.jar"));
    Ended described = espalier.run(work, "describe", "prune-and-tune").succeeded();
    assertThat(described.out()).contains("density", "criterion", "magnitude");

    Path conf = work.resolve(CONF);
    Files.createDirectories(conf.getParent());
    Files.writeString(conf, QuotedFiles.of("docs/plugin.md", FOLDER).get(CONF));
    Ended ended = espalier.run(work, "run", CONF).succeeded();
    assertThat(ended.err()).isEmpty();
    Path run = Distribution.onlyRun(work);
    assertThat(Distribution.text(run.resolve("experiment.conf")))
        .contains("prune-and-tune.jar (org.example.tune)");
    List<Double> densities = Distribution.column(run, "density");
    assertThat(densities).hasSize(2).startsWith(1.0);
    assertThat(densities.get(1)).isCloseTo(0.1, within(1e-4));
    assertThat(Distribution.column(run, "test_accuracy"))
        .allSatisfy(accuracy -> assertThat(accuracy).isGreaterThan(FAR_ABOVE_CHANCE));
  }

  @Test
  void worksAsAPlainJar() throws IOException, InterruptedException {
    Distribution espalier = new Distribution(work);
    Map<String, String> plain = sources();
    plain.remove(MODULE);
    Jars.make(
        work.resolve("plain"),
        plain,
        espalier.lib(),
        false,
        espalier.plugins().resolve("prune-and-tune.jar"));
    Ended list = espalier.run(work, "list").succeeded();
    assertThat(list.out()).containsPattern("(?m)^  prune-and-tune ").contains("prune-and-tune.jar");
    assertThat(list.err()).isEmpty();
  }
}
