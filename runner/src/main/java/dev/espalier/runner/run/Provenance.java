// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.espalier.api.data.Data;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The facts other than the experiment on which a result depends. */
public final class Provenance {

  private Provenance() {}

  /** The version of this program, from its jar. */
  public static String version() {
    return Optional.ofNullable(Provenance.class.getPackage().getImplementationVersion())
        .or(
            () ->
                Provenance.class.getModule().getDescriptor() == null
                    ? Optional.empty()
                    : Provenance.class.getModule().getDescriptor().rawVersion())
        .orElse("unpackaged");
  }

  /**
   * Collects versions, machine, device and the data's checksums.
   *
   * @param digests of the data, or of each variant's
   */
  static Map<String, Object> of(
      Registry registry, Device device, int threads, Map<String, ?> digests) {
    Map<String, Object> provenance = new LinkedHashMap<>();
    provenance.put("espalier", version());
    provenance.put("plugins", registry.origins());
    provenance.put("djl", Engine.getDjlVersion());
    Engine engine = Engine.getInstance();
    provenance.put("engine", engine.getEngineName() + " " + engine.getVersion());
    provenance.put("device", device.toString());
    provenance.put("threads", threads);
    provenance.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    provenance.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    provenance.put("data-digests", digests);
    gitCommit().ifPresent(commit -> provenance.put("git-commit", commit));
    return provenance;
  }

  /** A data set's checksums. */
  static Map<String, String> digests(Data data) {
    Map<String, String> digests = new LinkedHashMap<>();
    digests.put("train", data.train().digest().hex());
    digests.put("validation", data.validation().digest().hex());
    digests.put("test", data.test().digest().hex());
    return digests;
  }

  /** The commit of the working folder, if it is in a git checkout and git is there. */
  private static Optional<String> gitCommit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=40")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0 && !commit.isEmpty()
          ? Optional.of(commit)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
