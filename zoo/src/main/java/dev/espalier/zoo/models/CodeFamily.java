// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import org.apiguardian.api.API;

/**
 * The setup of networks with batch norm in a family of codes: the biases, and the initialisers of
 * weights and gamma. All biases and beta start at 0.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
@SuppressWarnings("ImmutableEnumChecker") // initialisers are values
public enum CodeFamily {
  /** SynFlow, arXiv:2006.05467: Kaiming normal over fan_in; gamma 1; convolutions with biases. */
  SYNFLOW(true, true, Initialiser.KAIMING_NORMAL, Initialiser.KAIMING_NORMAL, 1, 1),
  /**
   * open_lth: as {@link #SYNFLOW}, with gamma from U(0, 1). That code keeps the framework's random
   * biases; in Espalier they are 0.
   */
  OPEN_LTH(true, true, Initialiser.KAIMING_NORMAL, Initialiser.KAIMING_NORMAL, 0, 1),
  /**
   * Network Slimming, arXiv:1708.06519, and after it early-bird tickets and the VGGs of pruning
   * from scratch: Kaiming normal over fan_out, linear layers N(0, 0.01^2), gamma 0.5; convolutions
   * without biases.
   */
  SLIMMING(false, true, Initialiser.KAIMING_NORMAL_FAN_OUT, Initialiser.SMALL_NORMAL, 0.5, 0.5),
  /** GraSP, arXiv:2002.07376: as {@link #SLIMMING}, with gamma 1. */
  GRASP(false, true, Initialiser.KAIMING_NORMAL_FAN_OUT, Initialiser.SMALL_NORMAL, 1, 1),
  /**
   * Slot machines, arXiv:2101.06475: Glorot uniform, no biases at all, and batch norm without gamma
   * and beta, which stay 1 and 0.
   */
  SLOT_MACHINES(false, false, Initialiser.GLOROT_UNIFORM, Initialiser.GLOROT_UNIFORM, 1, 1),
  /**
   * SNIP, arXiv:1810.02340: variance scaling, convolutions with biases. TensorFlow's batch norm has
   * epsilon 1e-3 and momentum 0.01; here they are 1e-5 and 0.1.
   */
  SNIP(true, true, Initialiser.VARIANCE_SCALING, Initialiser.VARIANCE_SCALING, 1, 1),
  /**
   * The ResNets of ImageNet in PyTorch's collection, SynFlow's ResNet-18, and the ResNets of
   * pruning from scratch, arXiv:1909.12579: Kaiming normal over fan_out, linear layers by PyTorch's
   * default. PyTorch also draws their biases; in Espalier they are 0.
   */
  IMAGENET(false, true, Initialiser.KAIMING_NORMAL_FAN_OUT, Initialiser.PYTORCH_DEFAULT, 1, 1);

  static final String MEANING = "public code to follow for biases, batch norm and initialisation";

  private final boolean biases;
  private final boolean affine;
  private final Initialiser convolutions;
  private final Initialiser linears;
  private final double lowGamma;
  private final double highGamma;

  CodeFamily(
      boolean biases,
      boolean affine,
      Initialiser convolutions,
      Initialiser linears,
      double lowGamma,
      double highGamma) {
    this.biases = biases;
    this.affine = affine;
    this.convolutions = convolutions;
    this.linears = linears;
    this.lowGamma = lowGamma;
    this.highGamma = highGamma;
  }

  /**
   * Returns whether convolutions have biases, in architectures where this is optional.
   *
   * @return true if they have
   */
  public boolean biases() {
    return biases;
  }

  /**
   * Returns whether batch norm has a gamma and a beta, and linear layers a bias.
   *
   * @return true if they have
   */
  public boolean affine() {
    return affine;
  }

  /**
   * Sets the initialisers of weights and gamma.
   *
   * @param network the builder to set them in
   * @return the same builder
   */
  public Network.Builder initialise(Network.Builder network) {
    return network.optInitialiser(convolutions, linears).optGamma(lowGamma, highGamma);
  }
}
