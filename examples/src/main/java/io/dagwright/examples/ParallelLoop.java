package io.dagwright.examples;

import static io.dagwright.DelayedCall.delayed;

import io.dagwright.Client;
import io.dagwright.DelayedCall;
import io.dagwright.LocalCluster;
import io.dagwright.Parallel;
import io.dagwright.ParallelConfig;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One loop in several places: in this thread, in threads, and on a cluster. Looks for exponents of
 * Mersenne primes, and stops when there are enough.
 */
public final class ParallelLoop {

  private static final int CANDIDATES = 700;

  private ParallelLoop() {}

  public static void main(String[] arguments) {
    ParallelConfig config = ParallelConfig.DEFAULT.withJobs(2).withVerbose(1);
    System.out.println("in this thread: " + firstExponents(Parallel.jobs(1), 10));
    System.out.println("in threads:     " + firstExponents(Parallel.with(config), 10));
    try (LocalCluster cluster = LocalCluster.threads(2, 1);
        Client client = cluster.client()) {
      Parallel loop = Parallel.with(config.withClient(client));
      System.out.println("on a cluster:   " + firstExponents(loop, 10));
    }
  }

  /** The first exponents, in order. What is still looked at when they are known is cancelled. */
  static List<Integer> firstExponents(Parallel loop, int count) {
    Stream<DelayedCall<Integer>> calls =
        IntStream.range(2, CANDIDATES).mapToObj(p -> delayed(p, ParallelLoop::ifMersenne));
    try (Stream<Integer> exponents = loop.stream(calls)) {
      return exponents.filter(p -> p > 0).limit(count).toList();
    }
  }

  /** Gives p back if 2^p - 1 is (almost surely) prime, else 0. */
  private static int ifMersenne(int p) {
    return BigInteger.ONE.shiftLeft(p).subtract(BigInteger.ONE).isProbablePrime(30) ? p : 0;
  }
}
