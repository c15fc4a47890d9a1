/** From a configuration file to values, with every problem named at once. */
package dev.espalier.runner.config;
