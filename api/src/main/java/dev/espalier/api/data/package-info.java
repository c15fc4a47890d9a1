/**
 * Data sets: examples for training, validation and test, their normalisation, augmentations and
 * deficits. A {@link dev.espalier.api.data.DataSource} loads one.
 */
package dev.espalier.api.data;
