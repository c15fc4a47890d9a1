// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.BuiltIns;
import dev.espalier.runner.config.Binder;
import dev.espalier.zoo.ZooPlugin;
import dev.espalier.zoo.models.CifarResnet;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.ConvNets;
import dev.espalier.zoo.models.Lenet300100;
import dev.espalier.zoo.models.Lenet5;
import dev.espalier.zoo.models.Mlp;
import dev.espalier.zoo.models.Resnet;
import dev.espalier.zoo.models.Vgg;
import dev.espalier.zoo.models.WideResnet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefaultsTest {

  private final Registry registry = Registry.of(new BuiltIns(), new ZooPlugin());

  @Test
  void everyModelDefaultsToItsPaper() {
    Initialiser glorot = Initialiser.GLOROT_NORMAL;
    Map<String, Model> expected = new LinkedHashMap<>();
    expected.put("lenet-300-100", new Lenet300100(true, glorot));
    expected.put("mlp", new Mlp(List.of(300, 100), true, glorot));
    expected.put("lenet-5", new Lenet5(false, Initialiser.VARIANCE_SCALING));
    expected.put("conv-2", new ConvNets.Conv2(true, true, 0, glorot));
    expected.put("conv-4", new ConvNets.Conv4(true, true, 0, glorot));
    expected.put("conv-6", new ConvNets.Conv6(true, true, 0, glorot));
    expected.put("conv-8", new ConvNets.Conv8(true, true, 0, glorot));
    expected.put("vgg-11", new Vgg.Vgg11(64, CodeFamily.SYNFLOW));
    expected.put("vgg-13", new Vgg.Vgg13(64, CodeFamily.SYNFLOW));
    expected.put("vgg-16", new Vgg.Vgg16(64, CodeFamily.SYNFLOW));
    expected.put("vgg-19", new Vgg.Vgg19(64, CodeFamily.SYNFLOW));
    expected.put("vgg-snip", new Vgg.Snip(Vgg.Snip.Layout.D));
    expected.put("resnet-20", new CifarResnet.Resnet20(16, CodeFamily.SYNFLOW));
    expected.put("resnet-32", new CifarResnet.Resnet32(16, CodeFamily.SYNFLOW));
    expected.put("resnet-56", new CifarResnet.Resnet56(16, CodeFamily.SYNFLOW));
    expected.put("resnet-18", new Resnet.Resnet18(Resnet.Stem.CIFAR, CodeFamily.IMAGENET));
    expected.put("resnet-50", new Resnet.Resnet50(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET));
    expected.put("wide-resnet", new WideResnet(16, 8, CodeFamily.SNIP));
    expected.forEach((id, model) -> assertThat(defaults(id)).as(id).isEqualTo(model));
  }

  @Test
  void everyNetworkIsCalledByItsIdAndHasADigestOfItsOwn() {
    Map<Digest, String> digests = new LinkedHashMap<>();
    for (PluginEntry named : registry.all(Model.class)) {
      if (Set.of("resnet-50", "djl").contains(named.id())) {
        continue; // 100 MB, and built elsewhere; no block by default
      }
      Shape images = new Shape(3, 32, 32);
      Shape sequences = new Shape(16);
      Task task =
          switch (named.id()) {
            case "autoencoder" -> new Task(images, 0, images);
            case "transformer", "lstm", "gru" -> new Task(sequences, 50, sequences.add(50));
            default -> Task.classes(images, 10);
          };
      try (Network network = defaults(named.id()).build(task)) {
        assertThat(network.name()).isEqualTo(named.id());
        assertThat(digests.put(network.digest(), named.id())).isNull();
      }
    }
  }

  private Model defaults(String id) {
    Class<? extends Record> type = registry.find(Model.class, id).orElseThrow().settings();
    return (Model) new Binder(registry).read(type, ConfigFactory.empty().root(), Set.of());
  }
}
