// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.zoo.models.CifarResnet;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.Lenet300100;
import dev.espalier.zoo.models.Lenet5;
import dev.espalier.zoo.models.Vgg;
import java.io.IOException;
import java.util.List;

/** The networks of the reference results. */
enum ReferenceNetwork {
  LENET300("lenet300", "lenet-300-100", 0.02),
  LENET5("lenet5", "lenet-5", 0.01),
  VGG11W8("vgg11w8", "vgg-11 of width 8", 0.02),
  RESNET20("resnet20", "resnet-20", 0.02);

  /** The beginning of the names of its files. */
  final String file;

  final String title;
  private final double least;

  ReferenceNetwork(String file, String title, double least) {
    this.file = file;
    this.title = title;
    this.least = least;
  }

  /** The densities of its masks. */
  List<Double> densities() {
    return List.of(0.5, 0.1, least);
  }

  boolean hasBatchNorm() {
    return this == VGG11W8 || this == RESNET20;
  }

  Model model() {
    return switch (this) {
      case LENET300 -> new Lenet300100(true, Initialiser.GLOROT_NORMAL);
      case LENET5 -> new Lenet5(false, Initialiser.VARIANCE_SCALING);
      case VGG11W8 -> new Vgg.Vgg11(8, CodeFamily.SYNFLOW);
      case RESNET20 -> new CifarResnet.Resnet20(16, CodeFamily.SYNFLOW);
    };
  }

  Data data() throws IOException {
    return hasBatchNorm() ? Reference.cifar() : Reference.mnist();
  }
}
