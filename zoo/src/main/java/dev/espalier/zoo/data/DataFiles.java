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

/** The files of a data set under their official names, wherever they lie. */
@FunctionalInterface
interface DataFiles {

  /**
   * One file in memory.
   *
   * @param file where it was found, for messages
   * @param bytes its content, decompressed
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Content(String file, byte[] bytes) {

    /** What is wrong with it. */
    IOException problem(String expected, String found, String todo) {
      return new IOException(file + ": expected " + expected + ", found " + found + "; " + todo);
    }
  }

  /** Reads the file of a name, given without {@code .gz}. */
  Content read(String name) throws IOException;

  /**
   * The files in a folder, each gzipped (and then named {@code .gz}) or not; where there are both,
   * the one that is not.
   *
   * @param names all that belong there
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

  /** The files of DJL's own repository, by way of its cache. */
  static DataFiles downloaded(String artifact, List<String> names) throws IOException {
    return from(BasicDatasets.REPOSITORY, artifact, names);
  }

  /**
   * The files of a DJL repository on the network: from DJL's cache, into which they are downloaded
   * if they are not there. DJL compares the checksums in its metadata as it downloads.
   *
   * @param repository a remote one; DJL would copy those of a local one into the same cache
   * @param artifact the name of the data set there
   * @param names all that belong to it, for one who has to fetch them by hand
   */
  static DataFiles from(Repository repository, String artifact, List<String> names)
      throws IOException {
    MRL mrl = repository.dataset(CV.ANY, BasicDatasets.GROUP_ID, artifact, "1.0");
    Path cached =
        repository.getCacheDirectory().resolve(mrl.toURI().getPath()).resolve(mrl.getVersion());
    // DJL moves the folder to its place as a whole, once it is complete. We look before DJL does,
    // because DJL asks its site for the metadata anew every day even if it has the files.
    if (!Files.isDirectory(cached)) {
      Logger log = LoggerFactory.getLogger(DataFiles.class);
      log.info("downloading {} from {} to {}", artifact, repository.getBaseUri(), cached);
      try {
        mrl.prepare(mrl.getDefaultArtifact());
      } catch (IOException | RuntimeException e) {
        // Unchecked where a proxy answers with a page that is no metadata.
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

  /** Reads a whole stream, which stays open, decompressing it if the name ends with {@code .gz}. */
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
