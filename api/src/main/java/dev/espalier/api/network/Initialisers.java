// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/**
 * The initialisers of papers and of their codes. With W of shape (out, in, kH, kW) or (out, in),
 * fan_in = in * kH * kW and fan_out = out * kH * kW. N(m, v) has mean m and <em>variance</em> v;
 * U(-a, a) is uniform.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Initialisers {

  private Initialisers() {}

  /** N(0, 2 / (fan_in + fan_out)); Glorot and Bengio, AISTATS 2010. */
  public record GlorotNormal() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / (in + out)) * random.nextGaussian();
    }
  }

  /** U(-a, a), a = sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, AISTATS 2010. */
  public record GlorotUniform() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(6 / (in + out)) * (2 * random.nextDouble() - 1);
    }
  }

  /** N(0, 2 / fan_in); He et al., ICCV 2015, arXiv:1502.01852. */
  public record KaimingNormal() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / in) * random.nextGaussian();
    }
  }

  /**
   * N(0, 2 / fan_out); He et al., ICCV 2015, for the backward pass. For 3x3 kernels this is also
   * the standard deviation sqrt(2 / (9 * out)) of Network Slimming's code.
   */
  public record KaimingNormalFanOut() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / out) * random.nextGaussian();
    }
  }

  /**
   * N(0, s^2) cut off at 2 s on either side, s = sqrt(1 / fan_in) / 0.87962566, which has variance
   * 1 / fan_in: TensorFlow's variance scaling, in SNIP's code.
   */
  public record VarianceScaling() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      double z;
      do {
        z = random.nextGaussian();
      } while (Math.abs(z) > 2);
      return Math.sqrt(1 / in) / 0.8796256610342398 * z;
    }
  }

  /** N(0, 0.01^2) for all fans: linear layers in the codes of Network Slimming and GraSP. */
  public record SmallNormal() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return 0.01 * random.nextGaussian();
    }
  }

  /**
   * N(0, deviation^2) for all fans, such as N(0, 1) for embeddings.
   *
   * @param deviation the standard deviation
   */
  public record Normal(@Setting(value = "standard deviation", range = "(0, inf)") double deviation)
      implements Initialiser.Independent {

    /** Creates the distribution and checks the range. */
    public Normal {
      Ranges.check(Normal.class, deviation);
    }

    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return deviation * random.nextGaussian();
    }
  }

  /**
   * One value for all, without a draw.
   *
   * @param value the value
   */
  public record Constant(@Setting("value of each weight") double value)
      implements Initialiser.Independent {

    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return value;
    }
  }

  /**
   * U(-a, a), a = 1 / sqrt(fan_in): PyTorch's distribution for layers without an initialiser (from
   * memory, unverified).
   */
  public record PytorchDefault() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return (2 * random.nextDouble() - 1) / Math.sqrt(in);
    }
  }

  /**
   * Plus or minus sqrt(2 / fan_in), the standard deviation of {@link KaimingNormal}, with equal
   * chance; edge-popup, arXiv:1911.13299.
   */
  public record SignedConstant() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return random.nextBoolean() ? Math.sqrt(2 / in) : -Math.sqrt(2 / in);
    }
  }

  /** The constant sqrt(2 / fan_in), without a draw; edge-popup's code. */
  public record UnsignedConstant() implements Initialiser.Independent {
    @Override
    public double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / in);
    }
  }
}
