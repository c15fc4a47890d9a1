/** The training engine. */
package dev.espalier.api.engine;
