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
 * Fashion-MNIST: 60,000 training and 10,000 test images of clothes, uint8 of shape (1, 28, 28), 10
 * classes, in file order. Xiao, Rasul and Vollgraf, arXiv:1708.07747.
 *
 * @param path a folder of the four IDX files under their official names, which are those of MNIST,
 *     each gzipped or not. If empty, DJL downloads them from its data-set repository to its cache
 * @param normalisation the normalisation of a pixel; mean 0.2860 and standard deviation 0.3530 as
 *     commonly quoted, which no test here recomputes
 * @param examples the number of training images, the first in file order; all if empty
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record FashionMnist(
    @Setting("folder of the four IDX files, gzipped or not; by default DJL downloads them once")
        Optional<String> path,
    @Setting(
            value = "standard: (x / 255 - 0.2860) / 0.3530 of a pixel x; none: x / 255",
            defaults = "standard")
        PixelScale normalisation,
    @Setting(value = DataFiles.EXAMPLES, range = "[1, inf)") Optional<Integer> examples)
    implements DataSource {

  /** Creates the data source and checks the range. */
  public FashionMnist {
    Ranges.check(FashionMnist.class, path, normalisation, examples);
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    return MnistFiles.read(
        MnistFiles.at(path, "fashmnist"),
        "fashion-mnist",
        normalisation.of(0.2860, 0.3530),
        examples);
  }
}
