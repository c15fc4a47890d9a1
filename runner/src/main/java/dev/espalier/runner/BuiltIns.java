// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.Catalog;
import dev.espalier.api.Control;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scope;
import dev.espalier.api.Scopes;
import dev.espalier.api.TieRule;
import dev.espalier.api.Tracker;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Blur;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.FlipOrShift;
import dev.espalier.api.data.LabelNoise;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.data.Reconstruction;
import dev.espalier.api.data.Regression;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Initialisers;
import dev.espalier.api.structure.Blocks;
import dev.espalier.api.structure.NOfM;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.DenseControl;
import dev.espalier.api.train.ReinitControl;
import dev.espalier.api.train.Retrain;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.ShuffleControl;
import dev.espalier.api.train.Steps;
import dev.espalier.api.train.WarmRestarts;
import dev.espalier.runner.retrain.RetrainTickets;
import dev.espalier.runner.track.JsonLines;
import dev.espalier.runner.track.TensorBoard;

/**
 * Registers the method that trains earlier tickets, optimizers, learning-rate schedules, controls,
 * augmentations, deficits, scopes, patterns, tie rules and initialisers.
 */
public final class BuiltIns implements Plugin {

  private static final String LTH = "Frankle & Carbin, ICLR 2019, arXiv:1803.03635";
  private static final String SGDR = "Loshchilov & Hutter, ICLR 2017, arXiv:1608.03983";
  private static final String GLOROT = "Glorot & Bengio, AISTATS 2010";
  private static final String KAIMING = "He et al., ICCV 2015, arXiv:1502.01852";
  private static final String CRITICAL_PERIODS =
      "Achille, Rovere & Soatto, ICLR 2019, arXiv:1711.08856";
  private static final String EDGE_POPUP = "Ramanujan et al., CVPR 2020, arXiv:1911.13299";

  /** Creates the plugin for ServiceLoader. */
  public BuiltIns() {}

  @Override
  public void contribute(Catalog catalog) {
    retraining(catalog);
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
    catalog
        .add(TieRule.class, "exact", TieRule.Exact.class)
        .summary("Keeps exactly the planned count; of equal scores the first is pruned first");
    catalog
        .add(Control.class, "dense", DenseControl.class)
        .summary("The dense network, trained as round 0");
    catalog
        .add(Control.class, "reinit", ReinitControl.class)
        .summary("Each ticket's mask on newly drawn weights")
        .paper(LTH);
    catalog
        .add(Control.class, "shuffle", ShuffleControl.class)
        .summary("Each ticket's mask, shuffled within each layer, on its starting weights")
        .paper(LTH);
    objectives(catalog);
    catalog.add(Augmentation.class, "flip", Flip.class).summary("Mirrors images, left to right");
    catalog
        .add(Augmentation.class, "crop", Crop.class)
        .summary("Pads images with black and crops them to the network's input size");
    catalog
        .add(Augmentation.class, "random-resized-crop", RandomResizedCrop.class)
        .summary("Crops a random rectangle and resizes it to the network's input size");
    catalog
        .add(Augmentation.class, "flip-or-shift", FlipOrShift.class)
        .summary("Mirrors a quarter of the images and shifts half of them, as SNIP's public code")
        .paper("Lee, Ajanthan & Torr, ICLR 2019, arXiv:1810.02340");
    deficits(catalog);
    initialisers(catalog);
    scopes(catalog);
    patterns(catalog);
    trackers(catalog);
  }

  private static void trackers(Catalog catalog) {
    catalog
        .add(Tracker.class, "json-lines", JsonLines.class)
        .summary("Appends each event to json-lines/<replicate>.jsonl in the run, an object a line");
    catalog
        .add(Tracker.class, "tensorboard", TensorBoard.class)
        .summary("Writes learning curves to tensorboard/ in the run, while trainings compute");
  }

  private static void retraining(Catalog catalog) {
    catalog
        .method("retrain", RetrainTickets.class, RetrainTickets.Settings.class)
        .summary("Trains tickets of an earlier run again: on other data, from other weights")
        .paper("Morcos, Yu, Paganini & Tian, NeurIPS 2019, arXiv:1906.02773")
        .finding(Retrain.SOURCE, "Source", "", "File of the ticket or of the mask.")
        .finding(
            Retrain.COST,
            "Cost of the source",
            "",
            "Whether the ledger counts the steps that found the source.");
  }

  private static void scopes(Catalog catalog) {
    catalog
        .add(Scope.class, "layer", Scopes.Layerwise.class)
        .summary("Ranks each layer alone, at the density that the schedule plans for its kind");
    catalog
        .add(Scope.class, "global", Scopes.Global.class)
        .summary("Ranks the weights of all layers together");
    catalog
        .add(Scope.class, "uniform-plus", Scopes.UniformPlus.class)
        .summary("Equal densities, but a dense first convolution and 0.2 or more in the output")
        .paper("Gale, Elsen & Hooker 2019, arXiv:1902.09574");
    catalog
        .add(Scope.class, "er", Scopes.ErdosRenyi.class)
        .summary("Densities proportional to (in + out) / (in * out)")
        .paper("Mocanu et al., Nature Communications 2018, arXiv:1707.04780");
    catalog
        .add(Scope.class, "erk", Scopes.ErdosRenyiKernel.class)
        .summary("Densities proportional to (in + out + kH + kW) / (in * out * kH * kW)")
        .paper("Evci et al., ICML 2020, arXiv:1911.11134");
    catalog
        .add(Scope.class, "balanced", Scopes.Balanced.class)
        .summary("The same number of weights in all layers; smaller layers are dense");
  }

  private static void patterns(Catalog catalog) {
    catalog
        .add(Pattern.class, "unstructured", Pattern.Unstructured.class)
        .summary("Keeps or removes every weight alone");
    catalog
        .add(Pattern.class, "n-m", NOfM.class)
        .summary("Keeps n of every m weights along the inputs, such as 2:4")
        .paper("Mishra et al. 2021, arXiv:2104.08378");
    catalog
        .add(Pattern.class, "blocks", Blocks.class)
        .summary("Keeps or removes whole blocks of output rows and input columns");
  }

  private static void objectives(Catalog catalog) {
    catalog
        .add(Objective.class, "classification", Classification.class)
        .summary("Classes: cross-entropy, accuracy, and top-5 accuracy for more than ten classes");
    catalog
        .add(Objective.class, "language-modelling", LanguageModelling.class)
        .summary("The next token: cross-entropy, bits per token and perplexity");
    catalog
        .add(Objective.class, "regression", Regression.class)
        .summary("Numbers: mean squared error, R^2 and its root");
    catalog
        .add(Objective.class, "reconstruction", Reconstruction.class)
        .summary("The example itself, for autoencoders: mean squared error, R^2 and its root");
  }

  private static void deficits(Catalog catalog) {
    catalog
        .add(Deficit.class, "blur", Blur.class)
        .summary("Images are blurred for some epochs")
        .paper(CRITICAL_PERIODS);
    catalog
        .add(Deficit.class, "label-noise", LabelNoise.class)
        .summary("Labels are drawn at random for some epochs")
        .paper(CRITICAL_PERIODS);
  }

  private static void initialisers(Catalog catalog) {
    catalog
        .add(Initialiser.class, "glorot-normal", Initialisers.GlorotNormal.class)
        .summary("Normal weights of variance 2 / (fan_in + fan_out)")
        .paper(GLOROT);
    catalog
        .add(Initialiser.class, "glorot-uniform", Initialisers.GlorotUniform.class)
        .summary("Uniform weights of variance 2 / (fan_in + fan_out)")
        .paper(GLOROT);
    catalog
        .add(Initialiser.class, "kaiming-normal", Initialisers.KaimingNormal.class)
        .summary("Normal weights of variance 2 / fan_in")
        .paper(KAIMING);
    catalog
        .add(Initialiser.class, "kaiming-normal-fan-out", Initialisers.KaimingNormalFanOut.class)
        .summary("Normal weights of variance 2 / fan_out")
        .paper(KAIMING);
    catalog
        .add(Initialiser.class, "variance-scaling", Initialisers.VarianceScaling.class)
        .summary("Normal weights of variance 1 / fan_in, cut off at two deviations");
    catalog
        .add(Initialiser.class, "small-normal", Initialisers.SmallNormal.class)
        .summary("Normal weights of standard deviation 0.01");
    catalog
        .add(Initialiser.class, "normal", Initialisers.Normal.class)
        .summary("Normal with a given standard deviation, for all fans");
    catalog
        .add(Initialiser.class, "constant", Initialisers.Constant.class)
        .summary("One value for all weights");
    catalog
        .add(Initialiser.class, "pytorch-default", Initialisers.PytorchDefault.class)
        .summary("Uniform weights up to 1 / sqrt(fan_in)");
    catalog
        .add(Initialiser.class, "signed-constant", Initialisers.SignedConstant.class)
        .summary("sqrt(2 / fan_in) with either sign")
        .paper(EDGE_POPUP);
    catalog
        .add(Initialiser.class, "unsigned-constant", Initialisers.UnsignedConstant.class)
        .summary("sqrt(2 / fan_in) throughout")
        .paper(EDGE_POPUP);
  }
}
