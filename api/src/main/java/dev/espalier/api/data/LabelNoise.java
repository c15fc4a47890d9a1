// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * Labels that are wrong: those of round({@code fraction} * examples) examples are replaced by one
 * drawn from all classes, every class equally likely, the right one among them. Drawn from the
 * stream {@code label-noise} of the seed that the training goes by, so that an example keeps its
 * label through the whole deficit, and the examples of a smaller fraction are among those of a
 * larger one. Trainings with another seed, as the generations of knowledge evolution are, draw
 * others.
 *
 * @param from the first epoch with the deficit, counted from 0
 * @param until the first epoch without it again
 * @param fraction the fraction of the training examples whose label is drawn
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record LabelNoise(
    @Setting(value = Deficit.FROM, defaults = "0", range = "[0, inf)") int from,
    @Setting(value = Deficit.UNTIL, range = "[1, inf)") int until,
    @Setting(
            value =
                "the fraction of training examples whose label is drawn from all classes, once for"
                    + " each seed that a training goes by",
            defaults = "1",
            range = "(0, 1]")
        double fraction)
    implements Deficit {

  /** Checks the ranges. */
  public LabelNoise {
    Ranges.check(LabelNoise.class, from, until, fraction);
    Deficit.checkEpochs(from, until);
  }

  @Override
  public OnDevice on(Data data, Seed seed, NDManager manager) {
    long[] drawn = Arrays.stream(data.train().labels()).asLongStream().toArray();
    RandomStream random = seed.stream("label-noise", 0);
    int[] order = random.permutation(drawn.length);
    long wrong = Math.round(fraction * drawn.length);
    for (int i = 0; i < wrong; i++) {
      drawn[order[i]] = random.nextInt(data.classes());
    }
    NDArray noise = manager.create(drawn, new Shape(drawn.length));
    return new OnDevice() {
      @Override
      public NDArray labels(NDArray labels, NDArray rows) {
        return noise.get(new NDIndex("{}", rows));
      }
    };
  }
}
