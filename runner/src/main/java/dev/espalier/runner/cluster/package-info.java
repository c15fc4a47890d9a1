// SPDX-License-Identifier: Apache-2.0
/** Starts the workers of a run on a cluster: as jobs of Slurm, or by a manifest of Kubernetes. */
package dev.espalier.runner.cluster;
