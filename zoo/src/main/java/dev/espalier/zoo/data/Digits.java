// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The bundled part of MNIST: the first 1,000 training images and the first 200 test images of each
 * digit, uint8 of shape (1, 28, 28), 10 classes, in file order. It is read from the class path.
 *
 * @param normalisation the normalisation of a pixel, with the mean and standard deviation of {@link
 *     Mnist}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Digits(
    @Setting(
            value = "standard: (x / 255 - 0.1307) / 0.3081 of a pixel x; none: x / 255",
            defaults = "standard")
        PixelScale normalisation)
    implements DataSource {

  private static final DataFiles FILES =
      name -> {
        String file = "digits/" + name + ".gz";
        try (InputStream in = Digits.class.getResourceAsStream(file)) {
          return DataFiles.read(file, in);
        }
      };

  @Override
  public Data load(Prepared prepared) throws IOException {
    return load();
  }

  /** Reads the images and labels. */
  public Data load() throws IOException {
    return MnistFiles.read(
        FILES, "digits", normalisation.of(Mnist.MEAN, Mnist.STD), Optional.empty());
  }
}
