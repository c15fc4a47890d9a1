/** Data sets: examples, augmentations, deficits. */
package dev.espalier.api.data;
