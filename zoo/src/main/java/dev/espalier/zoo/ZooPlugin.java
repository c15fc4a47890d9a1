// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.network.Model;
import dev.espalier.zoo.data.Bytes;
import dev.espalier.zoo.data.Characters;
import dev.espalier.zoo.data.Cifar10;
import dev.espalier.zoo.data.Cifar100;
import dev.espalier.zoo.data.Digits;
import dev.espalier.zoo.data.FashionMnist;
import dev.espalier.zoo.data.Friedman;
import dev.espalier.zoo.data.HuggingFace;
import dev.espalier.zoo.data.ImageFolder;
import dev.espalier.zoo.data.Mnist;
import dev.espalier.zoo.data.Table;
import dev.espalier.zoo.data.Text;
import dev.espalier.zoo.data.TextClassification;
import dev.espalier.zoo.data.Words;
import dev.espalier.zoo.models.Autoencoder;
import dev.espalier.zoo.models.CifarResnet;
import dev.espalier.zoo.models.ConvNets;
import dev.espalier.zoo.models.Djl;
import dev.espalier.zoo.models.Lenet300100;
import dev.espalier.zoo.models.Lenet5;
import dev.espalier.zoo.models.Mlp;
import dev.espalier.zoo.models.Mobilenet;
import dev.espalier.zoo.models.RecurrentNet;
import dev.espalier.zoo.models.Resnet;
import dev.espalier.zoo.models.Resnext;
import dev.espalier.zoo.models.Transformer;
import dev.espalier.zoo.models.Vgg;
import dev.espalier.zoo.models.Vit;
import dev.espalier.zoo.models.WideResnet;
import org.apiguardian.api.API;

/** Registers the models and the data sets. */
@API(status = API.Status.STABLE, since = "0.1")
public final class ZooPlugin implements Plugin {

  private static final String LTH = "Frankle & Carbin, ICLR 2019, arXiv:1803.03635";
  private static final String EDGE_POPUP = "Ramanujan et al., CVPR 2020, arXiv:1911.13299";
  private static final String RESNET = "He et al., CVPR 2016, arXiv:1512.03385";

  /** Creates the plugin, as ServiceLoader requires. */
  public ZooPlugin() {}

  @Override
  public void contribute(Catalog catalog) {
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
        .summary("Wide residual network of depth 6 n + 4, with a width factor")
        .paper("Zagoruyko & Komodakis, BMVC 2016, arXiv:1605.07146");
    withGroupedConvolutions(catalog);
    sequenceModels(catalog);
    images(catalog);
    sequencesAndTables(catalog);
  }

  private static void images(Catalog catalog) {
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
        .summary("Images of clothes in the format of MNIST, from a folder or downloaded")
        .paper("Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747");
    catalog
        .data("cifar-10", Cifar10.class)
        .summary("50,000 training and 10,000 test colour images, from a folder or downloaded")
        .paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    catalog
        .data("cifar-100", Cifar100.class)
        .summary("Colour images of 100 classes in the format of CIFAR-10, from a folder")
        .paper("Krizhevsky 2009, Learning multiple layers of features from tiny images");
    catalog
        .data("image-folder", ImageFolder.class)
        .summary("Images of any size, one folder per class, decoded once and stored");
  }

  private static void sequencesAndTables(Catalog catalog) {
    catalog
        .data("text", Text.class)
        .summary(
            "A text for language modelling: a file, a folder, or the bundled novel Persuasion");
    catalog
        .data("text-classification", TextClassification.class)
        .summary("Texts with classes: lines of a file, or one folder per class");
    catalog
        .data("table", Table.class)
        .summary("A CSV file: numbers and categories, with a target of numbers or of classes");
    catalog
        .data("friedman", Friedman.class)
        .summary("Ten random columns and a nonlinear target with noise, for regression")
        .paper("Friedman, The Annals of Statistics 1991, Section 4.3");
    catalog.add(Tokenizer.class, "characters", Characters.class).summary("A token per character");
    catalog.add(Tokenizer.class, "bytes", Bytes.class).summary("A token per byte of UTF-8");
    catalog
        .add(Tokenizer.class, "words", Words.class)
        .summary("A token per word and per other character, in lower case");
    catalog
        .add(Tokenizer.class, "hugging-face", HuggingFace.class)
        .summary(
            "A trained tokenizer.json, such as byte pairs; needs DJL's tokenizers jar in plugins/");
  }

  private static void sequenceModels(Catalog catalog) {
    catalog
        .model("transformer", Transformer.class)
        .summary("Decoder for language modelling, encoder for classes of sequences")
        .paper("Vaswani et al., NeurIPS 2017, arXiv:1706.03762");
    catalog
        .model("lstm", RecurrentNet.Lstm.class)
        .summary("Layers of LSTM cells for sequences of tokens or numbers")
        .paper("Hochreiter & Schmidhuber, Neural Computation 1997");
    catalog
        .model("gru", RecurrentNet.Gru.class)
        .summary("Layers of gated recurrent units for sequences of tokens or numbers")
        .paper("Cho et al., EMNLP 2014, arXiv:1406.1078");
    catalog
        .model("vit", Vit.class)
        .summary("Vision transformer: an encoder of the patches of small images")
        .paper("Dosovitskiy et al., ICLR 2021, arXiv:2010.11929");
    catalog
        .model("autoencoder", Autoencoder.class)
        .summary("Linear encoder and decoder with ReLU, for reconstruction")
        .paper("Hinton & Salakhutdinov, Science 2006");
    catalog
        .model("djl", Djl.class)
        .summary("Any block of DJL's model zoo or of a jar in plugins, by the name of its class");
  }

  private static void withGroupedConvolutions(Catalog catalog) {
    catalog
        .model("resnext", Resnext.class)
        .summary("ResNet for small images with grouped convolutions, 29 layers by default")
        .paper("Xie et al., CVPR 2017, arXiv:1611.05431");
    catalog
        .model("mobilenet", Mobilenet.class)
        .summary("MobileNet: 13 blocks of a depthwise and a 1x1 convolution, with a width factor")
        .paper("Howard et al. 2017, arXiv:1704.04861");
  }

  private static void convNet(
      Catalog catalog, String id, Class<? extends Model> type, String count, String paper) {
    catalog
        .model(id, type)
        .summary(
            count + " 3x3 convolutions with max-pooling, and three linear layers; no batch norm")
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
