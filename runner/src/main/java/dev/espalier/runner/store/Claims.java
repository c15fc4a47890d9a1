// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The claims of a process: files that say who computes a step, so that no other process does. A
 * claim saves work and never decides correctness: two holders of one claim write the same bytes,
 * each atomically.
 *
 * <p>A claim is a new file with the name of its holder and a beat, which the holder raises four
 * times a lease. A claim is free again if its file is removed, if its holder is a process of this
 * machine that has ended, or if its file stays the same for a lease, by the clock of whoever looks
 * at it. It needs a file system on which a new file has one creator and a rename is atomic: local
 * ones, NFS from version 3, Lustre and GPFS. It locks no file, since such locks end at one machine
 * on some of them.
 */
public final class Claims {

  /** The ending of a claim's file. */
  public static final String ENDING = ".claim";

  /** The time after which a claim without a sign of its holder is free. */
  public static final Duration LEASE = Duration.ofMinutes(2);

  private static final String STALE = ".stale" + AtomicFile.TEMPORARY;

  private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

  /** The claims of this process. */
  private static final class OfProcess {
    private static final Claims CLAIMS = new Claims(Holder.self(), LEASE, System::nanoTime);

    static {
      CLAIMS.beatForever();
    }
  }

  /** A content and the time at which it was seen first. */
  private record Sight(String content, long since) {}

  private final Holder self;
  private final Duration lease;
  private final LongSupplier clock;
  private final Map<Path, Claim> held = new ConcurrentHashMap<>();
  private final Map<Path, Sight> seen = new ConcurrentHashMap<>();

  /**
   * Creates claims whose holder does not beat by itself, for tests.
   *
   * @param clock the time in ns, from any origin
   */
  Claims(Holder self, Duration lease, LongSupplier clock) {
    this.self = self;
    this.lease = lease;
    this.clock = clock;
  }

  /** The claims of this process. */
  public static Claims ofProcess() {
    return OfProcess.CLAIMS;
  }

  /** The name of this machine. */
  public static String hostName() {
    return OfProcess.CLAIMS.self.host();
  }

  /** A claim that this process holds; closing it frees it. */
  public final class Claim implements AutoCloseable {

    private final Path file;
    private final Optional<String> before;
    private long beat;

    private Claim(Path file, Optional<String> before) {
      this.file = file;
      this.before = before;
    }

    /** The holder from which it was taken over, if one ended without freeing it. */
    public Optional<String> before() {
      return before;
    }

    private String content() {
      return self.line() + '\t' + beat;
    }

    private synchronized void beat() throws IOException {
      if (!held.containsKey(file)) {
        return;
      }
      if (!isOwn()) { // taken over while this process was suspended, which costs time only
        held.remove(file);
        return;
      }
      beat++;
      Path temporary = temporary(file, AtomicFile.TEMPORARY);
      Files.writeString(temporary, content());
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private boolean isOwn() throws IOException {
      return SharedFile.text(file).flatMap(Holder::parse).filter(self::equals).isPresent();
    }

    /** Frees the claim. */
    @Override
    public synchronized void close() {
      try {
        if (held.remove(file, this) && isOwn()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        LOG.info("the claim {} could not be freed", file, e); // free after a lease
      }
    }
  }

  /**
   * Claims what a file stands for.
   *
   * @param file the claim's file; its folder is created
   * @return the claim; empty if another process holds it, or this one
   * @throws NotWritten if the file cannot be written
   */
  public Optional<Claim> claim(Path file) throws NotWritten {
    Optional<String> before = Optional.empty();
    try {
      Files.createDirectories(file.getParent());
      while (!isHeld(file)) {
        Optional<String> dead = takeAway(file);
        before = dead.isPresent() ? dead : before;
        Claim claim = new Claim(file, before);
        if (held.putIfAbsent(file, claim) != null) {
          return Optional.empty();
        }
        try {
          create(file, claim.content());
          return Optional.of(claim);
        } catch (FileAlreadyExistsException e) {
          held.remove(file); // another was faster
        } catch (IOException e) {
          held.remove(file);
          throw e;
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new NotWritten(file, e);
    }
  }

  private static void create(Path file, String content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException e) {
      Files.deleteIfExists(file); // a full disk leaves it empty
      throw e;
    }
  }

  /**
   * Claims what a file stands for, and watches the claim of another machine for up to a lease.
   *
   * @return the claim; empty if a process of this machine holds it, or one that shows a sign
   */
  public Optional<Claim> watch(Path file) throws NotWritten {
    try {
      Optional<Claim> claim = claim(file);
      Optional<String> first = SharedFile.text(file);
      while (claim.isEmpty() && !isLocal(file) && SharedFile.text(file).equals(first)) {
        Thread.sleep(Math.max(1, lease.toMillis() / 120));
        claim = claim(file);
      }
      return claim;
    } catch (IOException e) {
      throw new NotWritten(file, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Whether a process that is not known to have ended holds a claim. */
  public boolean isHeld(Path file) throws IOException {
    if (held.containsKey(file)) {
      return true;
    }
    Optional<String> found = SharedFile.text(file);
    if (found.isEmpty()) {
      seen.remove(file);
      return false;
    }
    if (Holder.parse(found.get()).filter(holder -> holder.isDead(self)).isPresent()) {
      return false;
    }
    long now = clock.getAsLong();
    Sight sight =
        seen.compute(
            file,
            (same, last) ->
                last != null && last.content.equals(found.get())
                    ? last
                    : new Sight(found.get(), now));
    return now - sight.since <= lease.toNanos();
  }

  /** Describes the holder of a claim; empty if there is none. */
  public Optional<String> holder(Path file) throws IOException {
    return SharedFile.text(file).flatMap(Holder::parse).map(holder -> holder.words(self));
  }

  /** Whether the holder of a claim is on this machine. */
  private boolean isLocal(Path file) throws IOException {
    return SharedFile.text(file)
        .flatMap(Holder::parse)
        .filter(holder -> holder.host().equals(self.host()))
        .isPresent();
  }

  /**
   * Removes the file of a claim that is not held. A rename tells who of several removes it; if
   * another has claimed it meanwhile, its file is put back.
   *
   * @return its holder; empty if there is no file
   */
  private Optional<String> takeAway(Path file) throws IOException {
    Optional<String> stale = SharedFile.text(file);
    if (stale.isEmpty()) {
      return Optional.empty();
    }
    Path away = temporary(file, STALE);
    try {
      Files.move(file, away, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      if (!SharedFile.text(away).equals(stale)) {
        putBack(away, file);
        return Optional.empty();
      }
      seen.remove(file);
      return Optional.of(Holder.parse(stale.get()).map(old -> old.words(self)).orElse("unknown"));
    } finally {
      Files.deleteIfExists(away);
    }
  }

  private static void putBack(Path away, Path file) throws IOException {
    try {
      Files.createLink(file, away);
    } catch (FileAlreadyExistsException | UnsupportedOperationException e) {
      // A third process has claimed it, or the file system has no links: two work, which costs
      // time.
    }
  }

  private void beatForever() {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  Thread.sleep(lease.toMillis() / 4);
                  beat();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "claims");
    thread.setDaemon(true);
    thread.start();
  }

  /** Shows that this process is alive, in all claims that it holds. */
  void beat() {
    for (Claim claim : held.values()) {
      try {
        claim.beat();
      } catch (IOException e) {
        LOG.info("the claim {} could not be renewed", claim.file, e);
      }
    }
  }

  private static Path temporary(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ending);
  }
}
