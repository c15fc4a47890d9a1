/**
 * The training engine. It is exported to the runner only; programs use {@link
 * dev.espalier.api.train.LocalTrial}.
 */
package dev.espalier.api.engine;
