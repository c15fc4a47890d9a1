// SPDX-License-Identifier: Apache-2.0
/** The built-in trackers, which write files into the folder of a run. */
package dev.espalier.runner.track;
