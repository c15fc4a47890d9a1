/**
 * Structure: patterns of the kept weights inside a layer, and channels.
 *
 * <p>Channels: what networks of any widths cost, which channels to keep, and the narrow network
 * with the weights of a wide one. All of it follows from the groups that a network declares; see
 * {@link dev.espalier.api.network.Group}.
 */
package dev.espalier.api.structure;
