// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.Catalog;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Plugin;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.FlipOrShift;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import dev.espalier.api.train.WarmRestarts;

/** Names what comes without any paper: optimizers, learning-rate schedules and augmentations. */
public final class BuiltIns implements Plugin {

  private static final String SGDR = "Loshchilov & Hutter, ICLR 2017, arXiv:1608.03983";

  /** Made by ServiceLoader. */
  public BuiltIns() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .add(Optimizer.class, "sgd", Sgd.class)
        .summary("SGD with optional momentum or Nesterov momentum, as in PyTorch");
    catalog
        .add(Optimizer.class, "adam", Adam.class)
        .summary("Adam, as in PyTorch")
        .paper("Kingma & Ba, ICLR 2015, arXiv:1412.6980");
    catalog
        .add(Optimizer.class, "adamw", AdamW.class)
        .summary("Adam with decoupled weight decay, as in PyTorch")
        .paper("Loshchilov & Hutter, ICLR 2019, arXiv:1711.05101");
    catalog
        .add(LearningRateSchedule.class, "constant", Constant.class)
        .summary("Keeps the rate constant");
    catalog
        .add(LearningRateSchedule.class, "steps", Steps.class)
        .summary("Multiplies the rate by a factor at milestones");
    catalog
        .add(LearningRateSchedule.class, "cosine", Cosine.class)
        .summary("Lowers the rate to 0 along half a cosine")
        .paper(SGDR);
    catalog
        .add(LearningRateSchedule.class, "warm-restarts", WarmRestarts.class)
        .summary("Lowers the rate to 0 along half a cosine, and again after each restart")
        .paper(SGDR);
    catalog.add(Augmentation.class, "flip", Flip.class).summary("Mirrors images, left to right");
    catalog
        .add(Augmentation.class, "crop", Crop.class)
        .summary("Pads images with black and crops them to the network's input size");
    catalog
        .add(Augmentation.class, "random-resized-crop", RandomResizedCrop.class)
        .summary("Crops a random rectangle and resizes it to the network's input size");
    catalog
        .add(Augmentation.class, "flip-or-shift", FlipOrShift.class)
        .summary("Mirrors images, shifts them, does both or neither")
        .paper("Lee, Ajanthan & Torr, ICLR 2019, arXiv:1810.02340");
  }
}
