/** What the engine costs, measured against a bare DJL loop on the same work. */
package dev.espalier.runner.bench;
