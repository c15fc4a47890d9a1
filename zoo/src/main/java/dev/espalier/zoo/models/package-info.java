// SPDX-License-Identifier: Apache-2.0
/**
 * The architectures that come with Espalier, and the helpers they are built with. Each architecture
 * is a record that implements {@link dev.espalier.api.network.Model}; its components are its
 * settings. Architectures with common code are in one class, such as {@link
 * dev.espalier.zoo.models.Vgg}: the code of that class is part of the key of a cached training.
 * Those of pictures and the autoencoder are available in other widths, by {@link
 * dev.espalier.api.network.Network#resized}: the channels of every layer but the output form a
 * group. Those with attention or recurrent cells have no groups, nor has {@link
 * dev.espalier.zoo.models.Djl}.
 *
 * <pre>{@code
 * Model model = new Lenet300100(true, Initialiser.GLOROT_NORMAL);
 * try (Network network = model.build(new Shape(1, 28, 28), 10)) { ... }
 * }</pre>
 *
 * <p>A model of another plugin uses the same helpers: {@link dev.espalier.zoo.models.Chain} adds
 * layers and finds the groups, and {@link dev.espalier.zoo.models.Parts} creates layers. {@link
 * dev.espalier.zoo.models.Residual} adds branches, and {@link dev.espalier.zoo.models.ResidualNet}
 * builds whole residual networks.
 *
 * <pre>{@code
 * public record SmallNet(int width) implements Model {
 *   @Override
 *   public Network build(Task task) {
 *     Shape input = task.numbers();
 *     int classes = task.outputs();
 *     Parts.check("small-net", input, 4);
 *     return Chain.network(
 *             "small-net",
 *             input,
 *             chain ->
 *                 chain
 *                     .layer("conv1", width, filters -> Parts.convolution(3, filters, 1, false))
 *                     .norm("bn1", Parts.norm(true))
 *                     .add(Parts.relu())
 *                     .add(Parts.halve())
 *                     .layer("conv2", 2 * width, filters -> Parts.convolution(3, filters, 1, false))
 *                     .norm("bn2", Parts.norm(true))
 *                     .add(Parts.relu())
 *                     .add(Blocks.batchFlattenBlock())
 *                     .output("fc", Parts.linear(classes, true)))
 *         .optInitialiser(Initialiser.KAIMING_NORMAL)
 *         .build();
 *   }
 * }
 * }</pre>
 */
package dev.espalier.zoo.models;
