// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Setting;
import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/**
 * A distribution of the initial weights of a convolution or a linear layer, or of another
 * parameter; see {@link Network.Builder#optInitialiser(String, Initialiser)}. Implement it as a
 * record with {@link Setting}s. Distributions of independent weights implement {@link Independent}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Initialiser {

  /** See {@link Initialisers.GlorotNormal}. */
  Initialiser GLOROT_NORMAL = new Initialisers.GlorotNormal();

  /** See {@link Initialisers.GlorotUniform}. */
  Initialiser GLOROT_UNIFORM = new Initialisers.GlorotUniform();

  /** See {@link Initialisers.KaimingNormal}. */
  Initialiser KAIMING_NORMAL = new Initialisers.KaimingNormal();

  /** See {@link Initialisers.KaimingNormalFanOut}. */
  Initialiser KAIMING_NORMAL_FAN_OUT = new Initialisers.KaimingNormalFanOut();

  /** See {@link Initialisers.VarianceScaling}. */
  Initialiser VARIANCE_SCALING = new Initialisers.VarianceScaling();

  /** See {@link Initialisers.SmallNormal}. */
  Initialiser SMALL_NORMAL = new Initialisers.SmallNormal();

  /** See {@link Initialisers.PytorchDefault}. */
  Initialiser PYTORCH_DEFAULT = new Initialisers.PytorchDefault();

  /** See {@link Initialisers.SignedConstant}. */
  Initialiser SIGNED_CONSTANT = new Initialisers.SignedConstant();

  /** See {@link Initialisers.UnsignedConstant}. */
  Initialiser UNSIGNED_CONSTANT = new Initialisers.UnsignedConstant();

  /**
   * Draws the weights of one layer, or the values of another parameter.
   *
   * @param shape their shape: (out, in) or (out, in, kH, kW) of weights
   * @param random the random stream
   * @return a new array with one value per element of the shape, row-major
   */
  float[] draw(Shape shape, RandomGenerator random);

  /** A distribution of independent weights that depends only on the fans. */
  interface Independent extends Initialiser {

    /**
     * Draws one weight.
     *
     * @param in fan_in = in * kH * kW
     * @param out fan_out = out * kH * kW
     * @param random the random stream
     * @return the weight
     */
    double weight(double in, double out, RandomGenerator random);

    @Override
    default float[] draw(Shape shape, RandomGenerator random) {
      float[] values = new float[Math.toIntExact(shape.size())];
      int axes = shape.dimension();
      double kernel = axes > 2 ? shape.slice(2).size() : 1;
      double in = axes == 0 ? 1 : shape.get(Math.min(1, axes - 1)) * kernel;
      double out = axes == 0 ? 1 : shape.get(0) * kernel;
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) weight(in, out, random);
      }
      return values;
    }
  }
}
