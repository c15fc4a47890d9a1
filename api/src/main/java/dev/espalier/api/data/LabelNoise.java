// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * A deficit of random labels: round({@code fraction} * examples) examples get a label drawn from
 * all classes, including the right one, with equal probability. The draw uses the stream {@code
 * label-noise} of the training's seed. So an example keeps its label through the whole deficit, and
 * a larger fraction includes the examples of a smaller one. Trainings with another seed, such as
 * the generations of knowledge evolution, draw other labels.
 *
 * @param from the first epoch with the deficit, counted from 0
 * @param until the first epoch after the deficit
 * @param fraction the fraction of the training examples with a drawn label
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

  /** Creates the settings and checks their ranges. */
  public LabelNoise {
    Ranges.check(LabelNoise.class, from, until, fraction);
    Deficit.checkEpochs(from, until);
  }

  @Override
  public void check(Data data, Refusals refusals) {
    if (!data.train().isLabelled()) {
      refusals.add("id", "label-noise in the targets " + data.train().targets(), "classes");
    } else if (drawn(data) == 0) {
      refusals.add(
          "fraction",
          fraction + " of " + data.train().size() + " training examples, which is none",
          "at least " + 0.5 / data.train().size());
    }
  }

  private long drawn(Data data) {
    return Math.round(fraction * data.train().size());
  }

  @Override
  public OnDevice on(Data data, Seed seed, NDManager manager) {
    long[] labels = Arrays.stream(data.train().labels()).asLongStream().toArray();
    RandomStream random = seed.stream("label-noise", 0);
    int[] order = random.permutation(labels.length);
    long wrong = drawn(data);
    for (int i = 0; i < wrong; i++) {
      labels[order[i]] = random.nextInt(data.classes());
    }
    NDArray noise = manager.create(labels, new Shape(labels.length));
    return new OnDevice() {
      @Override
      public NDArray labels(NDArray intact, NDArray rows) {
        return noise.get(new NDIndex("{}", rows));
      }
    };
  }
}
