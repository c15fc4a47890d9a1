// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Stores remembered steps: files {@code store/ab/cdef...} named by the digest of all that a step
 * depends on. Each is a safetensors file followed by the 32 bytes of its SHA-256. Processes may
 * share a store: they write the same content under the same name, each atomically.
 */
public final class Store {

  private static final int CHECKSUM = 32;
  private static final String CHECKPOINT = ".checkpoint";
  private static final String FAILURE = ".failed";

  private final Path root;
  private final Consumer<String> damage;

  /**
   * Creates a store in a folder.
   *
   * @param root the folder; created by the first write
   * @param damage receives the file name of each damaged entry
   */
  public Store(Path root, Consumer<String> damage) {
    this.root = root;
    this.damage = damage;
  }

  /** Finds a finished step, if it exists and is complete; a damaged one is reported and removed. */
  public Optional<Safetensors> find(Digest key) throws IOException {
    return find(file(key, ""));
  }

  /** Saves a finished step, and removes its checkpoint and an earlier failure. */
  public void save(Digest key, Safetensors content) throws IOException {
    save(file(key, ""), content);
    Files.deleteIfExists(file(key, FAILURE));
    Files.deleteIfExists(file(key, CHECKPOINT));
  }

  /** Whether a finished step exists, damaged or not. */
  public boolean has(Digest key) {
    return Files.exists(file(key, ""));
  }

  /** All files, in the order of their names. */
  public List<Path> files() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /**
   * The key of the step of a file; empty for other files, such as temporary ones.
   *
   * @param file one of {@link #files}
   */
  public Optional<Digest> key(Path file) {
    Path folder = root.relativize(file).getName(0);
    String name = file.getFileName().toString();
    String hex = folder + name.replaceFirst("[.](checkpoint|failed)$", "");
    return hex.matches("[0-9a-f]{64}") ? Optional.of(new Digest(hex)) : Optional.empty();
  }

  /** Whether a file is a checkpoint. */
  public boolean isCheckpoint(Path file) {
    return file.toString().endsWith(CHECKPOINT);
  }

  /** Finds the checkpoint of a step. */
  public Optional<Safetensors> findCheckpoint(Digest key) throws IOException {
    return find(file(key, CHECKPOINT));
  }

  /** Saves the checkpoint of a step. */
  public void saveCheckpoint(Digest key, Safetensors content) throws IOException {
    save(file(key, CHECKPOINT), content);
  }

  /** Finds the failure of a step. */
  public Optional<Safetensors> findFailure(Digest key) throws IOException {
    return find(file(key, FAILURE));
  }

  /** Saves the failure of a step, whose last checkpoint is of no more use. */
  public void saveFailure(Digest key, Safetensors content) throws IOException {
    save(file(key, FAILURE), content);
    Files.deleteIfExists(file(key, CHECKPOINT));
  }

  /** The file of the claim of a step; see {@link Claims}. */
  public Path claim(Digest key) {
    return file(key, Claims.ENDING);
  }

  private Optional<Safetensors> find(Path file) throws IOException {
    Optional<byte[]> read;
    try {
      read = SharedFile.read(file);
    } catch (IOException e) {
      throw new NotWritten(file, e); // a step that is computed again could not be saved there
    }
    if (read.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = read.get();
    int length = bytes.length - CHECKSUM;
    MessageDigest sha = Sha256.start();
    String problem;
    if (length < 0) {
      problem = "found " + bytes.length + " bytes, expected at least " + CHECKSUM;
    } else {
      sha.update(bytes, 0, length);
      if (Arrays.equals(sha.digest(), Arrays.copyOfRange(bytes, length, bytes.length))) {
        return Optional.of(Safetensors.read(ByteBuffer.wrap(bytes, 0, length).slice()));
      }
      problem = "its checksum does not match its content";
    }
    damage.accept("damaged store entry " + file + ": " + problem + "; it is computed again");
    Files.deleteIfExists(file);
    return Optional.empty();
  }

  private static void save(Path file, Safetensors content) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          DigestOutputStream digesting = new DigestOutputStream(out, Sha256.start());
          content.write(digesting);
          out.write(digesting.getMessageDigest().digest());
        });
  }

  private Path file(Digest key, String ending) {
    return root.resolve(key.prefix(2)).resolve(key.hex().substring(2) + ending);
  }
}
