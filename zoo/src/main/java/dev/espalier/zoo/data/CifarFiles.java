// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Normalisation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The binary files of CIFAR. A record has one or two label bytes, of which the last one is used,
 * and 3,072 bytes of pixels. The pixels are the planes red, green and blue, each row-major. The
 * size of a file gives the number of its records.
 *
 * @param labelBytes the number of label bytes in a record
 * @param classes the number of classes
 */
record CifarFiles(int labelBytes, int classes) {

  private static final Shape SHAPE = new Shape(3, 32, 32);
  private static final int PIXELS = 3 * 32 * 32;

  /**
   * The augmentation of most papers: training images are padded by 4, cropped, and mirrored with
   * probability 0.5.
   */
  private static final List<Augmentation> STANDARD = List.of(new Crop(4), new Flip(0.5));

  /**
   * Reads a data set.
   *
   * @param name the name of the data set
   * @param files the source of its files
   * @param train the names of the training files, in order
   * @param test the name of the test file
   * @param normalisation the normalisation, given the training examples
   * @param count the number of training examples, the first ones; all if empty. No file after them
   *     is read
   * @return bytes of shape (3, 32, 32), in file order, without a validation part
   */
  Data read(
      String name,
      DataFiles files,
      List<String> train,
      String test,
      Function<Examples, Normalisation> normalisation,
      Optional<Integer> count)
      throws IOException {
    Examples examples = DataFiles.first(count, read(files, train, count.orElse(Integer.MAX_VALUE)));
    return new Data(
            name,
            examples,
            Examples.ofBytes(ByteBuffer.allocate(0), SHAPE),
            read(files, List.of(test), Integer.MAX_VALUE),
            normalisation.apply(examples),
            classes)
        .withAugmentations(STANDARD);
  }

  private Examples read(DataFiles files, List<String> names, int enough) throws IOException {
    List<DataFiles.Content> contents = new ArrayList<>();
    int records = 0;
    for (String name : names) {
      if (records < enough) {
        DataFiles.Content content = next(files, name, records);
        contents.add(content);
        records += records(content);
      }
    }
    ByteBuffer pixels = ByteBuffer.allocate(Math.multiplyExact(records, PIXELS));
    int[] labels = new int[records];
    int i = 0;
    for (DataFiles.Content content : contents) {
      byte[] bytes = content.bytes();
      for (int at = 0; at < bytes.length; at += labelBytes + PIXELS) {
        labels[i] = Byte.toUnsignedInt(bytes[at + labelBytes - 1]);
        if (labels[i] >= classes) {
          throw content.problem(
              "labels from 0 to " + (classes - 1),
              labels[i] + " in record " + at / (labelBytes + PIXELS),
              "check that this file belongs to the data set, and is not compressed unless named"
                  + " .gz");
        }
        pixels.put(bytes, at + labelBytes, PIXELS);
        i++;
      }
    }
    return Examples.ofBytes(pixels.flip(), SHAPE, labels);
  }

  private static DataFiles.Content next(DataFiles files, String name, int before)
      throws IOException {
    try {
      return files.read(name);
    } catch (IOException e) {
      throw before == 0
          ? e
          : new IOException(
              e.getMessage()
                  + ". Or set data.examples to "
                  + before
                  + " or less, which the files before it contain",
              e);
    }
  }

  private int records(DataFiles.Content content) throws IOException {
    int length = content.bytes().length;
    int record = labelBytes + PIXELS;
    if (length == 0 || length % record != 0) {
      throw content.problem(
          "whole records of " + record + " bytes",
          length + " bytes, which is " + length / record + " records and " + length % record,
          "it is cut short or not of this data set: fetch it again");
    }
    return length / record;
  }
}
