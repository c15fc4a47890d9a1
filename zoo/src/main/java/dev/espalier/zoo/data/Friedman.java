// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Regression;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The table of Friedman, Multivariate adaptive regression splines, The Annals of Statistics 19(1),
 * 1991, Section 4.3: ten columns, uniform from 0 to 1, and the target 10 sin(pi x1 x2) + 20 (x3 -
 * 0.5)^2 + 10 x4 + 5 x5 + noise. The last five columns do not matter. Rows are the same in every
 * experiment; columns and target are standardised as in {@link Table}.
 *
 * @param rows the number of training rows; more rows extend fewer
 * @param testRows the number of test rows
 * @param noise the standard deviation of the normal noise, which is 1 in the paper
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Friedman(
    @Setting(value = "training rows", defaults = "2000", range = "[2, inf)") int rows,
    @Setting(value = "test rows", defaults = "1000", range = "[2, inf)") int testRows,
    @Setting(value = "standard deviation of the noise", defaults = "1", range = "[0, inf)")
        double noise)
    implements DataSource {

  private static final int COLUMNS = 10;

  /** Creates the data source and checks the ranges. */
  public Friedman {
    Ranges.check(Friedman.class, rows, testRows, noise);
  }

  @Override
  public Data load(Prepared prepared) {
    double[][] inputs = new double[COLUMNS][rows + testRows];
    double[] target = new double[rows + testRows];
    Seed seed = new Seed(0, 0);
    draw(seed.stream("train", 0), 0, rows, inputs, target);
    draw(seed.stream("test", 0), rows, rows + testRows, inputs, target);
    Columns columns = new Columns(rows);
    for (double[] column : inputs) {
      columns.addStandardised(column);
    }
    Columns targets = new Columns(rows);
    targets.addStandardised(target);
    Examples train = new Examples(columns.train(), targets.train());
    return new Data(
        "friedman",
        train,
        train.take(),
        new Examples(columns.test(), targets.test()),
        Inputs.of(train.shape(), Normalisation.NONE),
        0,
        new Regression(),
        Optional.empty());
  }

  private void draw(RandomStream random, int from, int to, double[][] inputs, double... target) {
    for (int row = from; row < to; row++) {
      double[] x = new double[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        x[i] = random.nextDouble();
        inputs[i][row] = x[i];
      }
      target[row] =
          10 * Math.sin(Math.PI * x[0] * x[1])
              + 20 * (x[2] - 0.5) * (x[2] - 0.5)
              + 10 * x[3]
              + 5 * x[4]
              + noise * random.nextGaussian();
    }
  }
}
