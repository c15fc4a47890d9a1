/** Reads a configuration file into values, and reports all problems together. */
package dev.espalier.runner.config;
