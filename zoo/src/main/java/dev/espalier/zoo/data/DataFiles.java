// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.Application.CV;
import ai.djl.basicdataset.BasicDatasets;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import dev.espalier.api.data.Examples;
import dev.espalier.api.settings.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a data set under their official names, in any place. */
@FunctionalInterface
interface DataFiles {

  /** The meaning of {@code examples}, for settings. */
  String EXAMPLES =
      "training examples to use, the first in the order of the files; all by default. Files after"
          + " them may be missing";

  /**
   * One file in memory.
   *
   * @param file the place of the file, for messages
   * @param bytes its content, decompressed
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Content(String file, byte[] bytes) {

    /** Returns an exception for an error in the file. */
    IOException problem(String expected, String found, String todo) {
      return new IOException(file + ": expected " + expected + ", found " + found + "; " + todo);
    }
  }

  /** Reads the file of a name, given without {@code .gz}. */
  Content read(String name) throws IOException;

  /**
   * Returns the files in a folder, each gzipped (and then named {@code .gz}) or not. If both exist,
   * their content must be the same.
   *
   * @param names the names of all files
   */
  static DataFiles in(Path folder, List<String> names) {
    return name -> {
      Path plain = folder.resolve(name);
      Path zipped = folder.resolve(name + ".gz");
      if (!Files.exists(plain) && !Files.exists(zipped)) {
        throw new IOException(
            (Files.isDirectory(folder)
                    ? folder + ": found neither " + name + " nor " + zipped.getFileName()
                    : folder + ": found no such folder")
                + "; "
                + remedy(names));
      }
      Content content = read(Files.exists(plain) ? plain : zipped);
      if (Files.exists(plain)
          && Files.exists(zipped)
          && !Arrays.equals(content.bytes(), read(zipped).bytes())) {
        throw new IOException(
            plain
                + ": found another content in "
                + zipped.getFileName()
                + "; take away the one that does not belong to the data set");
      }
      return content;
    };
  }

  private static Content read(Path file) throws IOException {
    InputStream in;
    try {
      in = Files.newInputStream(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    try (in) {
      return read(file.toString(), in);
    }
  }

  private static IOException unreadable(Path file, IOException e) {
    return Unreadable.of(file, e, "replace it by the file of the data set");
  }

  /** Returns the files of DJL's repository, downloaded to its cache if necessary. */
  static DataFiles downloaded(String artifact, List<String> names) throws IOException {
    return from(BasicDatasets.REPOSITORY, artifact, names);
  }

  /**
   * Returns the files of a DJL repository on the network from DJL's cache, downloaded if they are
   * missing. DJL compares the checksums in its metadata during the download.
   *
   * @param repository a remote repository; DJL would copy the files of a local one into the same
   *     cache
   * @param artifact the name of the data set there
   * @param names the names of all files, for the message about a manual download
   */
  static DataFiles from(Repository repository, String artifact, List<String> names)
      throws IOException {
    MRL mrl = repository.dataset(CV.ANY, BasicDatasets.GROUP_ID, artifact, "1.0");
    Path cached =
        repository.getCacheDirectory().resolve(mrl.toURI().getPath()).resolve(mrl.getVersion());
    // DJL moves the complete folder to its place as a whole. The check is before the call of DJL,
    // because DJL downloads the metadata again every day even if it has the files.
    if (!Files.isDirectory(cached)) {
      Logger log = LoggerFactory.getLogger(DataFiles.class);
      log.info("downloading {} from {} to {}", artifact, repository.getBaseUri(), cached);
      try {
        mrl.prepare(mrl.getDefaultArtifact());
      } catch (IOException | RuntimeException e) {
        // Unchecked exceptions occur if a proxy answers with a page instead of metadata.
        throw new IOException(
            artifact
                + ": cannot be downloaded from "
                + repository.getBaseUri()
                + " ("
                + e
                + "); connect this machine, or "
                + remedy(names),
            e);
      }
    }
    return in(cached, names);
  }

  /** Reads a whole stream, decompressed if the name ends with {@code .gz}, and leaves it open. */
  static Content read(String file, InputStream in) throws IOException {
    byte[] stored;
    try {
      stored = in.readAllBytes();
    } catch (IOException e) {
      throw unreadable(Path.of(file), e);
    }
    if (!file.endsWith(".gz")) {
      return new Content(file, stored);
    }
    try {
      InputStream zipped = new ByteArrayInputStream(stored);
      return new Content(file, new GZIPInputStream(zipped, 1 << 16).readAllBytes());
    } catch (ZipException | EOFException e) {
      throw new IOException(
          file
              + ": expected a whole gzip file, found one that "
              + (e instanceof EOFException
                  ? "is cut short after " + stored.length + " bytes"
                  : "is damaged or not compressed (" + e.getMessage() + ")")
              + "; fetch it again, or take .gz off its name if it is not compressed",
          e);
    }
  }

  /**
   * Returns the first of the training examples.
   *
   * @param examples their number; all if empty
   * @throws RefusedException if there are fewer
   */
  static Examples first(Optional<Integer> examples, Examples all) {
    if (examples.isEmpty()) {
      return all;
    }
    if (examples.get() > all.size()) {
      throw new RefusedException(
          "examples", examples.get(), "at most the " + all.size() + " training examples there are");
    }
    return all.take(IntStream.range(0, examples.get()).toArray());
  }

  private static String remedy(List<String> names) {
    return "put the files "
        + String.join(", ", names)
        + " (or each with .gz) into a folder and set data.path to it";
  }
}
