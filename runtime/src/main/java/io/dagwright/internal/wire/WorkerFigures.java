package io.dagwright.internal.wire;

/**
 * What a worker is doing and has done, for people. Spills and transfers are those of all workers of
 * its process since that began.
 *
 * @param waiting runs that wait for inputs to come from elsewhere
 * @param handed runs its slots have, running or about to
 * @param longest the run that has gone on for longest; {@link #NOTHING} if nothing runs
 * @param longestNanos for how long
 * @param spills results written to files
 * @param spillBytes what they took there, before compression
 * @param reads results read from files again
 * @param readBytes what they took there
 * @param sent results sent to others
 * @param sentBytes of these
 * @param received results that came from others
 * @param receivedBytes of these
 * @param retries results that were asked for once more
 * @param detours of these, those asked for through a third process
 * @param relayed results fetched for others
 * @param busyAnswers requests put off since too much was being sent
 * @param damaged results that arrived damaged and were not used
 */
public record WorkerFigures(
    int waiting,
    int handed,
    long longest,
    long longestNanos,
    long spills,
    long spillBytes,
    long reads,
    long readBytes,
    long sent,
    long sentBytes,
    long received,
    long receivedBytes,
    long retries,
    long detours,
    long relayed,
    long busyAnswers,
    long damaged) {

  public static final long NOTHING = -1;

  public static final WorkerFigures NONE =
      new WorkerFigures(0, 0, NOTHING, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
