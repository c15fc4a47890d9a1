// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * MNIST: 60,000 training and 10,000 test images of handwritten digits, uint8 of shape (1, 28, 28),
 * 10 classes, in file order. LeCun, Cortes and Burges.
 *
 * @param path a folder of the four IDX files under their official names, each gzipped or not; if
 *     empty, DJL downloads them from its data-set repository to its cache
 * @param normalisation the normalisation of a pixel; mean 0.1307 and standard deviation 0.3081 over
 *     all pixels of the training images
 * @param examples the number of training images, the first in file order; all if empty
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Mnist(
    @Setting("folder of the four IDX files, gzipped or not; by default DJL downloads them once")
        Optional<String> path,
    @Setting(
            value = "standard: (x / 255 - 0.1307) / 0.3081 of a pixel x; none: x / 255",
            defaults = "standard")
        PixelScale normalisation,
    @Setting(value = DataFiles.EXAMPLES, range = "[1, inf)") Optional<Integer> examples)
    implements DataSource {

  /** Creates the data source and checks the range. */
  public Mnist {
    Ranges.check(Mnist.class, path, normalisation, examples);
  }

  static final double MEAN = 0.1307;
  static final double STD = 0.3081;

  @Override
  public Data load(Prepared prepared) throws IOException {
    return MnistFiles.read(
        MnistFiles.at(path, "mnist"), "mnist", normalisation.of(MEAN, STD), examples);
  }
}
