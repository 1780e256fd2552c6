package io.dagwright.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TopologyTest {

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Edges(int[] offsets, int[] inputs) {
    static Edges random(long seed, int nodes) {
      Random random = new Random(seed);
      int[] offsets = new int[nodes + 1];
      List<Integer> inputs = new ArrayList<>();
      for (int node = 0; node < nodes; node++) {
        for (int i = random.nextInt(3); i > 0; i--) {
          inputs.add(random.nextInt(nodes));
        }
        offsets[node + 1] = inputs.size();
      }
      return new Edges(offsets, inputs.stream().mapToInt(node -> node).toArray());
    }

    boolean has(int node, int input) {
      return Arrays.stream(inputs, offsets[node], offsets[node + 1]).anyMatch(n -> n == input);
    }
  }

  @Property(tries = 1000)
  void everyGraphIsSortedOrHasACycle(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int nodes) {
    Edges edges = Edges.random(seed, nodes);

    int[] order = Topology.sort(edges.offsets, edges.inputs);

    if (order.length == nodes) {
      boolean[] placed = new boolean[nodes];
      for (int node : order) {
        Arrays.stream(edges.inputs, edges.offsets[node], edges.offsets[node + 1])
            .forEach(input -> assertThat(placed[input]).isTrue());
        placed[node] = true;
      }
    } else {
      int[] cycle = Topology.cycle(edges.offsets, edges.inputs);
      assertThat(cycle).doesNotHaveDuplicates();
      for (int i = 0; i < cycle.length; i++) {
        assertThat(edges.has(cycle[i], cycle[(i + 1) % cycle.length])).isTrue();
      }
    }
  }

  @Test
  void aMillionTasksWithThreeMillionEdgesAreSortedInMoments() {
    Edges edges = backward(1_000_000, 3);

    assertThat(Topology.sort(edges.offsets, edges.inputs)).hasSize(1_000_000);
  }

  /** Every node takes {@code degree} of the hundred before it. */
  private static Edges backward(int nodes, int degree) {
    Random random = new Random(1);
    int[] offsets = new int[nodes + 1];
    int[] inputs = new int[nodes * degree];
    for (int node = 0; node < nodes; node++) {
      int end = offsets[node];
      for (int i = 0; i < degree && node > 0; i++) {
        inputs[end++] = Math.max(0, node - 1 - random.nextInt(100));
      }
      offsets[node + 1] = end;
    }
    return new Edges(offsets, Arrays.copyOf(inputs, offsets[nodes]));
  }
}
