// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterFileTest {

  @TempDir private Path folder;

  private ClusterSettings read(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("cluster.conf"), text);
    return ClusterFile.settings(Optional.of(file), Registry.of());
  }

  @Test
  void aFileGivesTheSettingsOfTheSite() throws IOException {
    ClusterSettings settings =
        read(
            """
            cluster {
              workers = 16, per-gpu = 2, partition = gpu, gres = "gpu:1", cpus = 4, memory = 16G
              time = 4h, signal = 5m, array-limit = 8, retries = 0
              setup = ["module load java/17"], extra = ["--account=x"], espalier = /opt/espalier
            }
            """);
    assertThat(settings.workers()).isEqualTo(16);
    assertThat(settings.perGpu()).isEqualTo(2);
    assertThat(settings.time()).contains("4h");
    assertThat(settings.setup()).containsExactly("module load java/17");
    assertThat(settings.heap()).contains(4096L);
    assertThat(settings.hasGpu()).isTrue();
  }

  @Test
  void anEmptySectionHasTheDefaultsOfASiteWithoutAFile() throws IOException {
    assertThat(read("cluster {}")).isEqualTo(ClusterSettings.defaults());
  }

  @Test
  void aMisspeltKeyIsNamedWithItsLineAndTheNearestKey() {
    assertThatThrownBy(() -> read("cluster {\n  partion = gpu\n  per-gpu = 0\n}"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("cluster.conf:2: cluster.partion: found an unknown key")
        .hasMessageContaining("mean partition?")
        .hasMessageContaining("cluster.conf:3: cluster.per-gpu: found 0, allowed is [1, 64]");
  }

  @Test
  void aMisspeltSectionIsNamed() {
    assertThatThrownBy(() -> read("clutser { workers = 2 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("cluster.conf:1: clutser: found an unknown key")
        .hasMessageContaining("mean cluster?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "time = 4; cluster.time: found \"4\", allowed is a whole number with s, m, h or d",
        "memory = 16 GB; cluster.memory: found \"16 GB\", allowed is a whole number with K, M, G",
        "signal = 20h; cluster.signal: found 20h, allowed is at most 65535s",
        "time = 1m, signal = 60s; cluster.signal: found 60s, allowed is less than the time limit",
        "partition = \"a b\"; cluster.partition: found \"a b\", allowed is a name without spaces",
        "extra = [x]; cluster.extra[0]: found \"x\", allowed is an option such as",
        "setup = [\"a\\nb\"]; cluster.setup[0]: found",
        "espalier = bin; cluster.espalier: found \"bin\", allowed is a folder that begins with /",
      })
  void aValueOfAnotherFormIsRefused(String setting, String message) {
    assertThatThrownBy(() -> read("cluster { " + setting + " }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("cluster.conf:1: " + message);
  }

  @Test
  void aGivenFileThatIsMissingIsRefused() {
    Path missing = folder.resolve("no.conf");
    assertThatThrownBy(() -> ClusterFile.settings(Optional.of(missing), Registry.of()))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("--cluster: found " + missing + ", which is not there");
  }
}
