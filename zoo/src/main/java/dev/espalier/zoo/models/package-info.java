// SPDX-License-Identifier: Apache-2.0
/**
 * The architectures that come with Espalier. Each is a record that implements {@link
 * dev.espalier.api.network.Model}; its components are its settings. Relatives that share their code
 * stand in one class, such as {@link dev.espalier.zoo.models.Vgg}: the code of all of it is then
 * part of what a remembered training is known by. All can be had in other widths, by {@link
 * dev.espalier.api.network.Network#resized}: every layer but the output makes a group of channels,
 * called as the layer is, or adds to the one that residual blocks add to.
 *
 * <pre>{@code
 * Model model = new Lenet300100(true, Initialiser.GLOROT_NORMAL);
 * try (Network network = model.build(new Shape(1, 28, 28), 10)) { ... }
 * }</pre>
 */
package dev.espalier.zoo.models;
