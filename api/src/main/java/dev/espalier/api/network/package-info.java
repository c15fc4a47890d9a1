/**
 * Networks: a DJL block with named parameters, prunable layers and channel groups. A {@link
 * dev.espalier.api.network.Model} builds one, and an {@link dev.espalier.api.network.Initialiser}
 * draws its weights.
 */
package dev.espalier.api.network;
