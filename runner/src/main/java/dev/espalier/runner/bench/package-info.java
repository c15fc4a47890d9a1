/** What the engine costs beside a bare DJL loop, and a method's training beside a dense one. */
package dev.espalier.runner.bench;
