// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * A process that holds claims.
 *
 * @param host the name of its machine, without tabs
 * @param system the running system in which its number means something: boot and, on Linux, the
 *     namespace of a container
 * @param pid its number
 * @param since its start, in whole seconds
 * @param id a name that no other holder has
 */
record Holder(String host, String system, long pid, String since, String id) {

  private static final Duration ROUNDING = Duration.ofSeconds(2);

  /** This process. */
  static Holder self() {
    ProcessHandle self = ProcessHandle.current();
    return new Holder(
        hostName(),
        runningSystem(),
        self.pid(),
        start(self).toString(),
        UUID.randomUUID().toString());
  }

  /** Writes the holder as a line, with tabs between its parts. */
  String line() {
    return String.join("\t", host, system, Long.toString(pid), since, id);
  }

  /** Reads the line of a holder, and ignores parts after it; empty for a line that is cut. */
  static Optional<Holder> parse(String line) {
    String[] parts = line.split("\t", -1);
    try {
      return parts.length <= 5
          ? Optional.empty()
          : Optional.of(
              new Holder(
                  parts[0],
                  parts[1],
                  Long.parseLong(parts[2]),
                  Instant.parse(parts[3]).toString(),
                  parts[4]));
    } catch (NumberFormatException | DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** Whether a process of this machine is known to have ended. */
  boolean isDead(Holder looking) {
    if (!host.equals(looking.host) || !system.equals(looking.system)) {
      return false; // its number means nothing here
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    return process.isEmpty()
        || Duration.between(Instant.parse(since), start(process.get())).abs().compareTo(ROUNDING)
            > 0; // its number was given again
  }

  /** Describes the process for a message. */
  String words(Holder looking) {
    String where = host.equals(looking.host) ? "" : " on " + host;
    return "process " + pid + where + " since " + since;
  }

  private static Instant start(ProcessHandle process) {
    return process.info().startInstant().orElse(Instant.EPOCH).truncatedTo(ChronoUnit.SECONDS);
  }

  /** The name of this machine. */
  static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) { // a machine without an entry for its own name
      return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("unknown");
    }
  }

  private static String runningSystem() {
    try {
      Path boot = Path.of("/proc/sys/kernel/random/boot_id");
      Path namespace = Path.of("/proc/self/ns/pid");
      return Files.exists(boot)
          ? Files.readString(boot).strip() + " " + Files.readSymbolicLink(namespace)
          : System.getProperty("os.name");
    } catch (IOException e) {
      return UUID.randomUUID().toString(); // then only the lease tells
    }
  }
}
