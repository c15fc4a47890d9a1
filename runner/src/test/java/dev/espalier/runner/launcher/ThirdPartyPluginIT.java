// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The README's plugin, made of nothing but what stands there. */
@Tag("slow")
class ThirdPartyPluginIT {

  private static final String FOLDER = "my-plugin/";
  private static final String CONF = FOLDER + "my.conf";
  private static final String ID = "init-times-final";
  private static final double FAR_ABOVE_CHANCE = 0.5;

  @TempDir private Path work;

  private static Map<String, String> filesOfTheReadme() throws IOException {
    return QuotedFiles.of("README.md", FOLDER);
  }

  /** The sources as a jar has them: without the folder, and what may be before the package. */
  private static Map<String, String> sources(Map<String, String> readme) {
    Map<String, String> sources = new LinkedHashMap<>();
    readme.forEach(
        (file, text) -> {
          String name =
              file.substring(FOLDER.length()).replaceFirst("^src/main/(java|resources)/", "");
          if (!file.equals(CONF)) {
            sources.put(name, text);
          }
        });
    return sources;
  }

  private void runsWith(Distribution espalier, String jar, String conf)
      throws IOException, InterruptedException {
    Ended list = espalier.run(work, "list").succeeded();
    assertThat(list.out()).containsPattern("(?m)^  " + ID + " ").contains(jar);
    assertThat(list.err()).isEmpty();

    Path file = work.resolve(CONF);
    Files.createDirectories(file.getParent());
    Files.writeString(file, conf);
    Ended ended = espalier.run(work, "run", CONF).succeeded();
    assertThat(ended.err()).isEmpty();
    Path run = Distribution.onlyRun(work);
    assertThat(Distribution.text(run.resolve("experiment.conf"))).contains(ID, jar);
    List<Double> density = Distribution.column(run, "density");
    assertThat(density).hasSizeGreaterThanOrEqualTo(3).startsWith(1.0);
    assertThat(density.get(density.size() - 1)).isLessThan(0.7);
    assertThat(Distribution.column(run, "test_accuracy"))
        .allSatisfy(accuracy -> assertThat(accuracy).isGreaterThan(FAR_ABOVE_CHANCE));
  }

  @Test
  void isUnder30LinesOfJava() throws IOException {
    long lines =
        filesOfTheReadme().entrySet().stream()
            .filter(file -> file.getKey().endsWith(".java"))
            .flatMap(file -> file.getValue().lines())
            .count();
    assertThat(lines).isBetween(5L, 29L);
  }

  @Test
  void worksAsAPlainJar() throws IOException, InterruptedException {
    Map<String, String> readme = filesOfTheReadme();
    assertThat(readme).containsKeys(CONF);
    Distribution espalier = new Distribution(work);
    Jars.make(
        work.resolve("plain"),
        sources(readme),
        espalier.lib(),
        false,
        espalier.plugins().resolve("my-plugin.jar"));
    runsWith(espalier, "my-plugin.jar (my.plugin)", readme.get(CONF));
  }

  @Test
  void worksAsAModule() throws IOException, InterruptedException {
    Map<String, String> readme = filesOfTheReadme();
    Map<String, String> sources = sources(readme);
    String provider = sources.remove("META-INF/services/dev.espalier.api.Plugin").strip();
    String itsPackage = provider.substring(0, provider.lastIndexOf('.'));
    sources.put(
        "module-info.java",
        """
        module org.example.mine {
          requires dev.espalier.api;
          exports %s;
          provides dev.espalier.api.Plugin with %s;
        }
        """
            .formatted(itsPackage, provider));
    Distribution espalier = new Distribution(work);
    Jars.make(
        work.resolve("modular"),
        sources,
        espalier.lib(),
        true,
        espalier.plugins().resolve("any-name.jar"));
    runsWith(espalier, "any-name.jar (org.example.mine)", readme.get(CONF));
  }
}
