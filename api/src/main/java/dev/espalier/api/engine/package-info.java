/**
 * The training engine. It is exported to the runner alone; a program uses {@link
 * dev.espalier.api.train.LocalTrial}.
 */
package dev.espalier.api.engine;
