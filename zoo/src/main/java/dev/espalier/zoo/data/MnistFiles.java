// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The four IDX files of MNIST, or of a data set in the same format. */
final class MnistFiles {

  /** The number of classes in MNIST and its drop-in replacements. */
  static final int CLASSES = 10;

  /** Their official names, without {@code .gz}; also their names in DJL's cache. */
  static final List<String> NAMES =
      List.of(
          "train-images-idx3-ubyte",
          "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte",
          "t10k-labels-idx1-ubyte");

  private MnistFiles() {}

  /** Returns the files in a folder, or without a folder those of DJL's repository. */
  static DataFiles at(Optional<String> folder, String artifact) throws IOException {
    return folder.isPresent()
        ? DataFiles.in(Path.of(folder.get()), NAMES)
        : DataFiles.downloaded(artifact, NAMES);
  }

  /**
   * Reads all four files.
   *
   * @param name the name of the data set
   * @param normalisation the normalisation of a pixel
   * @param count the number of training examples, the first ones; all if empty
   * @return bytes of shape (1, height, width), in file order, without a validation part
   */
  static Data read(
      DataFiles files, String name, Normalisation normalisation, Optional<Integer> count)
      throws IOException {
    Examples train = DataFiles.first(count, examples(files, NAMES.get(0), NAMES.get(1)));
    Examples test = examples(files, NAMES.get(2), NAMES.get(3));
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

  private static Examples examples(DataFiles files, String images, String labels)
      throws IOException {
    return Idx.examples(new Idx(files.read(images)), new Idx(files.read(labels)), CLASSES);
  }
}
