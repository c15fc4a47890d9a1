// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * CIFAR-100: 50,000 training and 10,000 test images, uint8 of shape (3, 32, 32), 100 classes (the
 * fine labels), in file order. Krizhevsky, Learning multiple layers of features from tiny images,
 * 2009. By default, training images are padded by 4, cropped and mirrored at random.
 *
 * @param path a folder of the official binary files {@code train.bin} and {@code test.bin}, each
 *     gzipped or not, of any number of records; DJL's data-set repository does not have them
 * @param normalisation the normalisation of a pixel
 * @param examples the number of training images, the first in file order; all if empty
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Cifar100(
    @Setting("folder of train.bin and test.bin, gzipped or not") String path,
    @Setting(
            value =
                "mean and standard deviation per colour, by code: standard (SynFlow),"
                    + " grasp, slimming (also early-bird; those of CIFAR-10), from-data"
                    + " (training images), none (x / 255)",
            defaults = "standard")
        Cifar100Scale normalisation,
    @Setting(value = DataFiles.EXAMPLES, range = "[1, inf)") Optional<Integer> examples)
    implements DataSource {

  /** Creates the data source and checks the range. */
  public Cifar100 {
    Ranges.check(Cifar100.class, path, normalisation, examples);
  }

  private static final CifarFiles FORM = new CifarFiles(2, 100);
  private static final String TRAIN = "train.bin";
  private static final String TEST = "test.bin";

  @Override
  public Data load(Prepared prepared) throws IOException {
    DataFiles files = DataFiles.in(Path.of(path), List.of(TRAIN, TEST));
    return FORM.read("cifar-100", files, List.of(TRAIN), TEST, normalisation::of, examples);
  }
}
