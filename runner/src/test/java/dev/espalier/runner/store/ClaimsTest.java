// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.store.Claims.Claim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsTest {

  private static final Duration LEASE = Duration.ofMinutes(2);

  /** The time of every machine, in ns. */
  private final AtomicLong now = new AtomicLong();

  @TempDir private Path root;

  private Path file() {
    return root.resolve("store/ab/cd.claim");
  }

  /** A process that lives on another machine. */
  private Claims on(String host) {
    return new Claims(new Holder(host, "boot", 1, "2026-01-01T00:00:00Z", host), LEASE, now::get);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void oneOfTwoHasAClaim() throws IOException {
    Claims a = on("a");
    Claims b = on("b");
    Claim first = a.claim(file()).orElseThrow();
    assertThat(first.before()).isEmpty();
    assertThat(b.claim(file())).isEmpty();
    assertThat(a.claim(file())).as("a process cannot hold it twice").isEmpty();
    assertThat(b.isHeld(file())).isTrue();
    assertThat(b.holder(file())).hasValue("process 1 on a since 2026-01-01T00:00:00Z");
    first.close();
    assertThat(file()).doesNotExist();
    assertThat(b.isHeld(file())).isFalse();
    assertThat(b.claim(file())).isPresent();
  }

  @Test
  void aClaimWithoutASignIsTakenOverAfterALease() throws IOException {
    Claim lost = on("a").claim(file()).orElseThrow();
    Claims b = on("b");
    assertThat(b.claim(file())).isEmpty();
    pass(LEASE);
    assertThat(b.claim(file())).as("a lease since it was seen first").isEmpty();
    pass(Duration.ofNanos(1));
    Claim taken = b.claim(file()).orElseThrow();
    assertThat(taken.before()).hasValue("process 1 on a since 2026-01-01T00:00:00Z");
    lost.close();
    assertThat(file()).as("the claim of the other is not freed").exists();
    assertThat(on("c").claim(file())).isEmpty();
  }

  @Test
  void aHolderThatBeatsKeepsItsClaim() throws IOException {
    Claims a = on("a");
    Claim held = a.claim(file()).orElseThrow();
    Claims b = on("b");
    for (int i = 0; i < 20; i++) {
      assertThat(b.claim(file())).isEmpty();
      pass(LEASE.dividedBy(4));
      a.beat();
    }
    held.close();
    a.beat();
    assertThat(file()).as("a freed claim does not come back").doesNotExist();
  }

  @Test
  void aHolderThatLostItsClaimDoesNotTakeItBack() throws IOException {
    Claims a = on("a");
    Claim lost = a.claim(file()).orElseThrow();
    Claims b = on("b");
    b.isHeld(file());
    pass(LEASE.plusNanos(1));
    assertThat(b.claim(file())).isPresent();
    a.beat();
    assertThat(a.holder(file())).hasValue("process 1 on b since 2026-01-01T00:00:00Z");
    lost.close();
    assertThat(file()).exists();
  }

  @Test
  void theClaimOfADeadProcessOfThisMachineIsFreeAtOnce() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Holder self = Holder.self();
    Holder dead = new Holder(self.host(), self.system(), ended.pid(), self.since(), "dead");
    assertThat(new Claims(dead, LEASE, now::get).claim(file())).isPresent();
    Claims own = new Claims(self, LEASE, now::get);
    assertThat(own.isHeld(file())).isFalse();
    assertThat(own.claim(file()).orElseThrow().before())
        .hasValue("process " + ended.pid() + " since " + self.since());
  }

  @Test
  void aNumberThatWasGivenAgainIsNotTheHolder() {
    Holder self = Holder.self();
    Holder other =
        new Holder(self.host(), self.system(), self.pid(), "2001-01-01T00:00:00Z", "other");
    assertThat(other.isDead(self)).isTrue();
    assertThat(self.isDead(self)).isFalse();
    assertThat(new Holder(self.host(), "container", 1, self.since(), "x").isDead(self)).isFalse();
    assertThat(Holder.parse(self.line() + "\t7")).hasValue(self);
    assertThat(Holder.parse("half a li")).isEmpty();
    assertThat(Holder.parse("")).isEmpty();
  }

  /** A file that is being written, or that a full disk cut off. */
  @Test
  void aClaimThatCannotBeReadIsHeldForALease() throws IOException {
    Files.createDirectories(file().getParent());
    Files.createFile(file());
    Claims a = on("a");
    assertThat(a.claim(file())).isEmpty();
    pass(LEASE.plusNanos(1));
    assertThat(a.claim(file()).orElseThrow().before()).hasValue("unknown");
  }

  @Test
  void oneOfManyTakesOverAndNothingIsLeft() throws Exception {
    on("dead").claim(file());
    List<Claims> all = Stream.of("a", "b", "c", "d", "e", "f").map(this::on).toList();
    for (Claims one : all) {
      assertThat(one.claim(file())).isEmpty();
    }
    pass(LEASE.plusNanos(1));
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      List<Callable<Optional<Claim>>> tries = new ArrayList<>();
      all.forEach(one -> tries.add(() -> one.claim(file())));
      List<Claim> taken = new ArrayList<>();
      for (Future<Optional<Claim>> claim : threads.invokeAll(tries)) {
        claim.get().ifPresent(taken::add);
      }
      assertThat(taken).isNotEmpty();
      taken.forEach(Claim::close);
    } finally {
      threads.shutdownNow();
    }
    try (Stream<Path> left = Files.list(file().getParent())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void anotherMachineIsWatchedForALease() throws Exception {
    Claims a = on("a");
    Claim held = a.claim(file()).orElseThrow();
    Claims b =
        new Claims(
            new Holder("b", "boot", 1, "2026-01-01T00:00:00Z", "b"),
            Duration.ofMillis(20),
            System::nanoTime);
    assertThat(b.watch(file()).orElseThrow().before()).isPresent();
    held.close();
    assertThat(
            new Claims(new Holder("b", "other", 2, "2026-01-01T00:00:00Z", "b2"), LEASE, now::get)
                .watch(file()))
        .as("a process of the same machine is not watched")
        .isEmpty();
  }
}
