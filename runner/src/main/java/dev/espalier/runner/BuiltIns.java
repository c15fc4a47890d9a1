// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.Augmentation;
import dev.espalier.api.Catalog;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Model;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Plugin;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.Crop;
import dev.espalier.api.train.Flip;
import dev.espalier.api.train.FlipOrShift;
import dev.espalier.api.train.RandomResizedCrop;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import dev.espalier.api.train.WarmRestarts;
import dev.espalier.runner.data.Cifar10;
import dev.espalier.runner.data.Cifar100;
import dev.espalier.runner.data.Digits;
import dev.espalier.runner.data.FashionMnist;
import dev.espalier.runner.data.ImageFolder;
import dev.espalier.runner.data.Mnist;
import dev.espalier.runner.models.CifarResnet;
import dev.espalier.runner.models.ConvNets;
import dev.espalier.runner.models.Lenet300100;
import dev.espalier.runner.models.Lenet5;
import dev.espalier.runner.models.Mlp;
import dev.espalier.runner.models.Resnet;
import dev.espalier.runner.models.Vgg;
import dev.espalier.runner.models.WideResnet;

/**
 * Names what comes without any paper: optimizers, learning-rate schedules, models, data sets,
 * augmentations.
 */
public final class BuiltIns implements Plugin {

  private static final String SGDR = "Loshchilov & Hutter, ICLR 2017, arXiv:1608.03983";
  private static final String LTH = "Frankle & Carbin, ICLR 2019, arXiv:1803.03635";
  private static final String EDGE_POPUP = "Ramanujan et al., CVPR 2020, arXiv:1911.13299";
  private static final String RESNET = "He et al., CVPR 2016, arXiv:1512.03385";

  /** Made by ServiceLoader. */
  public BuiltIns() {}

  @Override
  public void contribute(Catalog catalog) {
    catalog
        .add(Optimizer.class, "sgd", Sgd.class)
        .summary("Gradient descent, with momentum, Nesterov's or none, as PyTorch does it");
    catalog
        .add(Optimizer.class, "adam", Adam.class)
        .summary("Adam as PyTorch does it")
        .paper("Kingma & Ba, ICLR 2015, arXiv:1412.6980");
    catalog
        .add(Optimizer.class, "adamw", AdamW.class)
        .summary("Adam with decoupled weight decay, as PyTorch does it")
        .paper("Loshchilov & Hutter, ICLR 2019, arXiv:1711.05101");
    catalog.add(LearningRateSchedule.class, "constant", Constant.class).summary("The rate stays");
    catalog
        .add(LearningRateSchedule.class, "steps", Steps.class)
        .summary("The rate drops by a factor at milestones");
    catalog
        .add(LearningRateSchedule.class, "cosine", Cosine.class)
        .summary("The rate falls along half a cosine to 0")
        .paper(SGDR);
    catalog
        .add(LearningRateSchedule.class, "warm-restarts", WarmRestarts.class)
        .summary("The rate falls along half a cosine to 0, and starts anew at restarts")
        .paper(SGDR);
    catalog
        .model("lenet-300-100", Lenet300100.class)
        .summary("Linear layers of 300, 100 and the classes, with ReLU between")
        .paper("LeCun et al., Proceedings of the IEEE 1998");
    catalog.model("mlp", Mlp.class).summary("Linear layers of any widths, with ReLU between");
    catalog
        .model("lenet-5", Lenet5.class)
        .summary("LeNet-5-Caffe: two 5x5 convolutions and two linear layers")
        .paper("LeCun et al., Proceedings of the IEEE 1998");
    convNet(catalog, "conv-2", ConvNets.Conv2.class, "Two", LTH);
    convNet(catalog, "conv-4", ConvNets.Conv4.class, "Four", LTH);
    convNet(catalog, "conv-6", ConvNets.Conv6.class, "Six", LTH);
    convNet(catalog, "conv-8", ConvNets.Conv8.class, "Eight", EDGE_POPUP);
    vgg(catalog, "vgg-11", Vgg.Vgg11.class, 8);
    vgg(catalog, "vgg-13", Vgg.Vgg13.class, 10);
    vgg(catalog, "vgg-16", Vgg.Vgg16.class, 13);
    vgg(catalog, "vgg-19", Vgg.Vgg19.class, 16);
    catalog
        .model("vgg-snip", Vgg.Snip.class)
        .summary("SNIP's VGG-C, VGG-D and VGG-like: 13 convolutions and linear layers of 512")
        .paper("Lee, Ajanthan & Torr, ICLR 2019, arXiv:1810.02340");
    cifarResnet(catalog, "resnet-20", CifarResnet.Resnet20.class, "three");
    cifarResnet(catalog, "resnet-32", CifarResnet.Resnet32.class, "five");
    cifarResnet(catalog, "resnet-56", CifarResnet.Resnet56.class, "nine");
    catalog
        .model("resnet-18", Resnet.Resnet18.class)
        .summary("Four stages of two residual blocks, 64 to 512 channels")
        .paper(RESNET);
    catalog
        .model("resnet-50", Resnet.Resnet50.class)
        .summary("Four stages of 3, 4, 6 and 3 bottleneck blocks, 256 to 2048 channels")
        .paper(RESNET);
    catalog
        .model("wide-resnet", WideResnet.class)
        .summary("Wide residual network of a depth 6 n + 4 and a width factor")
        .paper("Zagoruyko & Komodakis, BMVC 2016, arXiv:1605.07146");
    catalog
        .data("digits", Digits.class)
        .summary("A bundled sample of MNIST: 10,000 training and 2,000 test images")
        .paper("LeCun, Cortes & Burges, the MNIST database");
    catalog
        .data("mnist", Mnist.class)
        .summary("60,000 training and 10,000 test images of digits, from a folder or downloaded")
        .paper("LeCun, Cortes & Burges, the MNIST database");
    catalog
        .data("fashion-mnist", FashionMnist.class)
        .summary("MNIST's form with images of clothes, from a folder or downloaded")
        .paper("Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747");
    catalog
        .data("cifar-10", Cifar10.class)
        .summary("50,000 training and 10,000 test colour images, from a folder or downloaded")
        .paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    catalog
        .data("cifar-100", Cifar100.class)
        .summary("CIFAR-10's form with 100 classes, from a folder")
        .paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    catalog
        .data("image-folder", ImageFolder.class)
        .summary("Images of any size, a folder per class, decoded once");
    catalog.add(Augmentation.class, "flip", Flip.class).summary("Mirrors images, left to right");
    catalog
        .add(Augmentation.class, "crop", Crop.class)
        .summary("Pads images with black and cuts out a piece of the network's size");
    catalog
        .add(Augmentation.class, "random-resized-crop", RandomResizedCrop.class)
        .summary("Cuts out a random rectangle and stretches it to the network's size");
    catalog
        .add(Augmentation.class, "flip-or-shift", FlipOrShift.class)
        .summary("Mirrors images, shifts them, does both or neither")
        .paper("Lee, Ajanthan & Torr, ICLR 2019, arXiv:1810.02340");
  }

  private static void convNet(
      Catalog catalog, String id, Class<? extends Model> type, String count, String paper) {
    catalog
        .model(id, type)
        .summary(count + " 3x3 convolutions with max-pooling, and three linear layers; no norm")
        .paper(paper);
  }

  private static void vgg(Catalog catalog, String id, Class<? extends Model> type, int count) {
    catalog
        .model(id, type)
        .summary("VGG for small images: " + count + " convolutions with batch norm, one linear")
        .paper("Simonyan & Zisserman, ICLR 2015, arXiv:1409.1556");
  }

  private static void cifarResnet(
      Catalog catalog, String id, Class<? extends Model> type, String count) {
    catalog
        .model(id, type)
        .summary("ResNet for small images: three stages of " + count + " residual blocks")
        .paper(RESNET);
  }
}
