// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * CIFAR-10: 50,000 training and 10,000 test images, uint8 of shape (3, 32, 32), 10 classes, in file
 * order. Krizhevsky, Learning multiple layers of features from tiny images, 2009. By default,
 * training images are padded by 4, cropped and mirrored at random.
 *
 * @param path a folder of the official binary files {@code data_batch_1.bin} to {@code
 *     data_batch_5.bin} and {@code test_batch.bin}, each gzipped or not, of any number of records;
 *     if empty, DJL downloads them to its cache
 * @param normalisation the normalisation of a pixel
 * @param examples the number of training images, the first in file order; all if empty. The folder
 *     needs only the files that contain them, and the test file
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Cifar10(
    @Setting("folder of the six binary files, gzipped or not; by default DJL downloads them once")
        Optional<String> path,
    @Setting(
            value =
                "mean and standard deviation per colour, by code: standard (SynFlow,"
                    + " edge-popup), open-lth, grasp (also slimming, early-bird, pruning from"
                    + " scratch), slots, from-data (SNIP: training images), none (x / 255)",
            defaults = "standard")
        Cifar10Scale normalisation,
    @Setting(value = DataFiles.EXAMPLES, range = "[1, inf)") Optional<Integer> examples)
    implements DataSource {

  /** Creates the data source and checks the range. */
  public Cifar10 {
    Ranges.check(Cifar10.class, path, normalisation, examples);
  }

  private static final CifarFiles FORM = new CifarFiles(1, 10);
  private static final String TEST = "test_batch.bin";
  private static final List<String> TRAIN =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin");

  /** The training file of DJL's repository, which has the five in one. */
  static final List<String> JOINED = List.of("data_batch.bin");

  @Override
  public Data load(Prepared prepared) throws IOException {
    DataFiles files =
        path.isPresent()
            ? DataFiles.in(Path.of(path.get()), names())
            : DataFiles.downloaded("cifar10", names());
    return read(files, path.isPresent() ? TRAIN : JOINED);
  }

  Data read(DataFiles files, List<String> train) throws IOException {
    return FORM.read("cifar-10", files, train, TEST, normalisation::of, examples);
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(TRAIN);
    names.add(TEST);
    return names;
  }
}
