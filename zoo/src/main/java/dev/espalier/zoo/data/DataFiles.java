// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.Application.CV;
import ai.djl.basicdataset.BasicDatasets;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a data set under their official names, in any place. */
@FunctionalInterface
interface DataFiles {

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
   * Returns the files in a folder, each gzipped (and then named {@code .gz}) or not; the
   * uncompressed one if both exist.
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
      Path file = Files.exists(plain) ? plain : zipped;
      try (InputStream in = Files.newInputStream(file)) {
        return read(file.toString(), in);
      }
    };
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
    if (!file.endsWith(".gz")) {
      return new Content(file, in.readAllBytes());
    }
    try {
      return new Content(file, new GZIPInputStream(in, 1 << 16).readAllBytes());
    } catch (ZipException | EOFException e) {
      throw new IOException(
          file
              + ": expected a whole gzip file, found otherwise ("
              + e.getMessage()
              + "); fetch it again, or take .gz off its name if it is not compressed",
          e);
    }
  }

  private static String remedy(List<String> names) {
    return "put the files "
        + String.join(", ", names)
        + " (or each with .gz) into a folder and set data.path to it";
  }
}
