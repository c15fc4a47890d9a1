// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.data;

import ai.djl.Application.CV;
import ai.djl.basicdataset.BasicDatasets;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import dev.espalier.api.Data;
import dev.espalier.api.Examples;
import dev.espalier.api.Normalisation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The four IDX files of MNIST, or of a data set in its form, wherever they lie. */
@FunctionalInterface
interface MnistFiles {

  /** How many classes there are in MNIST and its drop-in replacements. */
  int CLASSES = 10;

  /** The four files. */
  enum Part {
    TRAIN_IMAGES("train-images-idx3-ubyte"),
    TRAIN_LABELS("train-labels-idx1-ubyte"),
    TEST_IMAGES("t10k-images-idx3-ubyte"),
    TEST_LABELS("t10k-labels-idx1-ubyte");

    private final String file;

    Part(String file) {
      this.file = file;
    }

    /** Its official name, without {@code .gz}; also its name in DJL's cache. */
    String file() {
      return file;
    }
  }

  /** Reads one of the files. */
  Idx open(Part part) throws IOException;

  /** The files in a folder, or where none is given, those of DJL's repository. */
  static MnistFiles at(Optional<String> folder, String artifact) throws IOException {
    return folder.isPresent()
        ? in(Path.of(folder.get()))
        : from(BasicDatasets.REPOSITORY, artifact);
  }

  /**
   * The files in a folder, under their official names, each gzipped (and then named {@code .gz}) or
   * not; where there are both, the one that is not.
   */
  static MnistFiles in(Path folder) {
    return part -> {
      Path plain = folder.resolve(part.file());
      Path zipped = folder.resolve(part.file() + ".gz");
      if (!Files.exists(plain) && !Files.exists(zipped)) {
        throw new IOException(
            (Files.isDirectory(folder)
                    ? folder + ": found neither " + part.file() + " nor " + zipped.getFileName()
                    : folder + ": found no such folder")
                + "; "
                + remedy());
      }
      return Idx.read(Files.exists(plain) ? plain : zipped);
    };
  }

  /**
   * The files of a DJL repository on the network: from DJL's cache, into which they are downloaded
   * if they are not there. DJL compares the checksums in its metadata as it downloads.
   *
   * @param repository a remote one; DJL would copy those of a local one into the same cache
   * @param artifact the name of the data set there
   */
  static MnistFiles from(Repository repository, String artifact) throws IOException {
    MRL mrl = repository.dataset(CV.ANY, BasicDatasets.GROUP_ID, artifact, "1.0");
    Path cached =
        repository.getCacheDirectory().resolve(mrl.toURI().getPath()).resolve(mrl.getVersion());
    // DJL moves the folder to its place as a whole, once it is complete. We look before DJL does,
    // because DJL asks its site for the metadata anew every day even if it has the files.
    if (!Files.isDirectory(cached)) {
      Logger log = LoggerFactory.getLogger(MnistFiles.class);
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
                + remedy(),
            e);
      }
    }
    return in(cached);
  }

  /**
   * Reads all four.
   *
   * @param name what to call the data set
   * @param normalisation what the network is shown of a pixel
   * @return bytes of shape (1, height, width), in file order, without a validation part
   */
  default Data read(String name, Normalisation normalisation) throws IOException {
    Examples train = Idx.examples(open(Part.TRAIN_IMAGES), open(Part.TRAIN_LABELS), CLASSES);
    Examples test = Idx.examples(open(Part.TEST_IMAGES), open(Part.TEST_LABELS), CLASSES);
    Shape shape = train.shape();
    if (!test.shape().equals(shape)) {
      throw new IOException(
          name
              + ": expected test images as large as the training images, "
              + shape
              + ", found "
              + test.shape()
              + "; take the four files from the same set");
    }
    Examples none = Examples.ofBytes(ByteBuffer.allocate(0), shape);
    return new Data(name, train, none, test, normalisation, CLASSES);
  }

  private static String remedy() {
    return Arrays.stream(Part.values())
        .map(Part::file)
        .collect(
            Collectors.joining(
                ", ",
                "put the four files ",
                " (or each with .gz) into a folder and set data.path to it"));
  }
}
