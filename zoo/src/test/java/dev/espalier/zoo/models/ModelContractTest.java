// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.ModelContract;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** All models of the zoo keep the contract. */
@ParameterizedClass
@FieldSource("MODELS")
class ModelContractTest extends ModelContract {

  private static final Shape SMALL = new Shape(3, 16, 16);

  private static final int CLASSES = 7;

  /** A model under its id, and the task of examples as small as it accepts. */
  record Case(String id, Model model, Task task) {

    Case(String id, Model model, Shape images) {
      this(id, model, Task.classes(images, CLASSES));
    }

    @Override
    public String toString() {
      return id;
    }
  }

  static final List<Case> PICTURES =
      Stream.of(
              lenets(),
              convNets(),
              Stream.of(
                  new Case(
                      "resnet-18", new Resnet.Resnet18(Resnet.Stem.CIFAR, CodeFamily.GRASP), SMALL),
                  new Case(
                      "resnet-50",
                      new Resnet.Resnet50(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET),
                      SMALL),
                  new Case("resnext", new Resnext(11, 4, 2, 8, CodeFamily.IMAGENET), SMALL),
                  new Case("wide-resnet", new WideResnet(16, 2, CodeFamily.SNIP), SMALL)),
              Stream.of(CodeFamily.SYNFLOW, CodeFamily.SLOT_MACHINES)
                  .flatMap(ModelContractTest::withBatchNorm))
          .flatMap(cases -> cases)
          .toList();

  static final List<Case> MODELS = Stream.concat(PICTURES.stream(), sequences()).toList();

  @Parameter Case tested;

  private static Stream<Case> lenets() {
    Initialiser glorot = Initialiser.GLOROT_NORMAL;
    return Stream.of(
        new Case("lenet-300-100", new Lenet300100(true, glorot), SMALL),
        new Case("mlp", new Mlp(List.of(20, 30, 10), false, glorot), SMALL),
        new Case("lenet-5", new Lenet5(true, glorot), SMALL));
  }

  private static Stream<Case> convNets() {
    Initialiser kaiming = Initialiser.KAIMING_NORMAL;
    return Stream.of(
        new Case("conv-2", new ConvNets.Conv2(true, true, 0, kaiming), SMALL),
        new Case("conv-4", new ConvNets.Conv4(false, false, 0.5, kaiming), new Shape(3, 18, 18)),
        new Case("conv-6", new ConvNets.Conv6(true, true, 0.5, kaiming), SMALL),
        new Case("conv-8", new ConvNets.Conv8(false, true, 0, kaiming), SMALL));
  }

  private static Stream<Case> sequences() {
    Initialiser glorot = Initialiser.GLOROT_UNIFORM;
    Task words = new Task(new Shape(6), 9, new Shape(CLASSES));
    return Stream.of(
        new Case("transformer", Sequences.transformer(0, true), words),
        new Case(
            "transformer",
            Sequences.transformer(0.1, false),
            new Task(new Shape(6), 9, new Shape(6, 9))),
        new Case("lstm", Sequences.lstm(2, RecurrentNet.Pooling.MEAN), words),
        new Case("gru", Sequences.gru(1, RecurrentNet.Pooling.LAST), new Shape(5, 3)),
        new Case(
            "vit",
            new Vit(8, 2, 8, 2, Optional.empty(), 0, Vit.Pooling.CLASS_TOKEN, glorot),
            SMALL),
        new Case("djl", new Djl(DjlTest.TwoLayers.class.getName(), Map.of("hidden", 8)), SMALL),
        new Case(
            "autoencoder",
            new Autoencoder(List.of(20, 10), 5, glorot),
            new Task(new Shape(2, 8), 0, new Shape(2, 8))));
  }

  private static Stream<Case> withBatchNorm(CodeFamily family) {
    return Stream.of(
        new Case("vgg-11", new Vgg.Vgg11(16, family), SMALL),
        new Case("vgg-13", new Vgg.Vgg13(16, family), SMALL),
        new Case("vgg-16", new Vgg.Vgg16(16, family), SMALL),
        new Case("vgg-19", new Vgg.Vgg19(16, family), SMALL),
        new Case("vgg-snip", new Vgg.Snip(Vgg.Snip.Layout.LIKE), new Shape(3, 32, 32)),
        new Case("resnet-20", new CifarResnet.Resnet20(8, family), SMALL),
        new Case("resnet-32", new CifarResnet.Resnet32(8, family), SMALL),
        new Case("resnet-56", new CifarResnet.Resnet56(8, family), SMALL),
        new Case("mobilenet", new Mobilenet(0.25, Resnet.Stem.CIFAR, family), SMALL));
  }

  @Override
  protected Model model() {
    return tested.model();
  }

  @Override
  protected String id() {
    return tested.id();
  }

  @Override
  protected Task task() {
    return tested.task();
  }
}
