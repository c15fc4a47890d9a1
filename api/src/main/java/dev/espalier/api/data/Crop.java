// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * An augmentation that pads an image with black on all four sides and crops it to the network's
 * input size, at a uniform place: torchvision's {@code RandomCrop}. With a padding of 4 this is the
 * usual treatment of CIFAR's images.
 *
 * @param padding the number of pixels on each side
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Crop(
    @Setting(
            value = "black border added to each side before the crop, in pixels",
            defaults = "4",
            range = "[0, 65535]")
        int padding)
    implements Augmentation {

  /** Creates the settings and checks their range. */
  public Crop {
    Ranges.check(Crop.class, padding);
  }

  @Override
  public View apply(View image, RandomStream random) {
    View.Axis rows = cut(image.rows(), random);
    return new View(rows, cut(image.columns(), random));
  }

  private View.Axis cut(View.Axis axis, RandomStream random) {
    int places = axis.size() + 2 * padding - axis.wanted() + 1;
    return axis.cut(random.nextInt(places) - padding, axis.wanted());
  }
}
