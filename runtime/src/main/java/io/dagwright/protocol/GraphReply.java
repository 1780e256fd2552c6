package io.dagwright.protocol;

import io.dagwright.error.DagwrightException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the sender of a {@link SubmitGraph} is told. */
public sealed interface GraphReply {

  /** The id the graph was submitted under. */
  String id();

  /** How far the graph is. */
  record GraphProgress(String id, int total, int finished, int failed, Duration elapsed)
      implements GraphReply {}

  /** The graph ended well; its outputs' results are in the order of the graph's outputs. */
  record GraphFinished(String id, List<@Nullable Object> results) implements GraphReply {
    public GraphFinished {
      results = Collections.unmodifiableList(new ArrayList<>(results));
    }
  }

  /** The graph failed, was cancelled, or could not be sent. */
  record GraphFailed(String id, DagwrightException failure) implements GraphReply {}
}
