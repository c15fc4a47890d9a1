// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.store.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The program as it was started. */
public final class Distribution {

  private static final int DIGITS = 12;

  private Distribution() {}

  /** The folder of the distribution; empty if classes were started in another way. */
  public static Optional<Path> home() {
    return Optional.ofNullable(System.getProperty("espalier.home")).map(Path::of);
  }

  /** The digest of the jars, which stay the same while this program runs. */
  private static final class Code {
    private static final Optional<String> DIGEST = home().map(Distribution::digest);
  }

  /** The digest of the jars of Espalier and of all plugins; empty without a distribution. */
  static Optional<String> code() {
    return Code.DIGEST;
  }

  private static String digest(Path home) {
    MessageDigest digest = Sha256.start();
    for (Path jar : jars(home)) {
      digest.update(jar.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      try {
        digest.update(Files.readAllBytes(jar));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
  }

  private static List<Path> jars(Path home) {
    List<Path> jars = new ArrayList<>();
    for (String folder : List.of("lib", "plugins")) {
      try (Stream<Path> files = Files.list(home.resolve(folder))) {
        files
            .filter(file -> file.toString().endsWith(".jar"))
            .filter(
                file ->
                    folder.equals("plugins")
                        || file.getFileName().toString().startsWith("espalier-"))
            .sorted()
            .forEach(jars::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return jars;
  }

  /**
   * The command that starts this program on this machine, to which its arguments are added.
   *
   * @param heap the largest heap of the new process in bytes; that of this process if its command
   *     has one
   */
  public static List<String> command(long heap) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    List<String> options =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> !option.startsWith("-agent") && !option.startsWith("-javaagent"))
            .toList();
    command.addAll(options);
    if (options.stream().noneMatch(option -> option.startsWith("-Xmx"))) {
      command.add("-Xmx" + (heap >> 20) + "m");
    }
    Optional<Path> home = home();
    if (home.isPresent()) {
      command.addAll(List.of("-jar", home.get().resolve("espalier.jar").toString()));
    } else {
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), "dev.espalier.runner.Main"));
    }
    return command;
  }
}
