package io.dagwright.internal.serialization;

import io.dagwright.graph.Annotations;
import io.dagwright.graph.GraphId;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskKey;
import io.dagwright.internal.wire.Digest;
import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.GraphRows;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.TaskFailure;
import io.dagwright.internal.wire.ToClient;
import io.dagwright.internal.wire.ToScheduler;
import io.dagwright.internal.wire.ToWorker;
import io.dagwright.internal.wire.WorkerBytes;
import io.dagwright.internal.wire.WorkerFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of everything that goes over a link between our own processes: the protocol's hot
 * messages, by hand. One byte says which record follows; fields come in the order of the record. No
 * user data is looked at: it is bytes already. Thread-safe.
 */
public final class MessageCodec {

  private MessageCodec() {}

  // ---- scheduler → worker
  // ------------------------------------------------------------------------

  public static byte[] encode(ToWorker message) {
    MessageWriter out = new MessageWriter(new ByteSink());
    if (message instanceof ToWorker.Compute compute) {
      out.sink.putByte(0);
      writeCompute(compute, out);
    } else if (message instanceof ToWorker.DefineGraph define) {
      out.sink.putByte(1);
      out.sink.putVarInt(define.graph());
      out.sink.putString(define.session());
      out.sink.putVarInt(define.epoch());
      out.sink.putVarInt(define.firstPrefix());
      out.putStrings(define.prefixes());
      out.putInts(define.functionIds());
      out.putByteList(define.functions());
    } else if (message instanceof ToWorker.Cancel cancel) {
      out.sink.putByte(2);
      out.putLongs(cancel.tasks());
      out.putInts(cancel.runs());
    } else if (message instanceof ToWorker.Free free) {
      out.sink.putByte(3);
      out.putLongs(free.tasks());
    } else if (message instanceof ToWorker.Acquire acquire) {
      out.sink.putByte(4);
      out.putLongs(acquire.tasks());
      out.putInts(acquire.holders());
    } else if (message instanceof ToWorker.MeetPeer peer) {
      out.sink.putByte(5);
      out.sink.putVarInt(peer.worker());
      out.sink.putLong(peer.incarnation());
      writeAddress(peer.address(), out);
    } else if (message instanceof ToWorker.ForgetGraph forget) {
      out.sink.putByte(6);
      out.sink.putVarInt(forget.graph());
    } else if (message instanceof ToWorker.Dismiss dismiss) {
      out.sink.putByte(7);
      out.sink.putString(dismiss.why() == null ? "" : dismiss.why());
    } else if (message instanceof ToWorker.AddCode code) {
      out.sink.putByte(10);
      out.sink.putString(code.session());
      out.sink.putVarInt(code.epoch());
      out.putBytes(code.unit());
      writeAddress(code.blobs(), out);
    } else if (message instanceof ToWorker.ForgetSession forget) {
      out.sink.putByte(11);
      out.sink.putString(forget.session());
    } else {
      out.sink.putByte(message instanceof ToWorker.AskInventory ? 8 : 9);
    }
    return out.sink.toByteArray();
  }

  public static ToWorker decodeToWorker(byte[] bytes) {
    MessageReader in = new MessageReader(bytes);
    int tag = in.source.readByte();
    ToWorker message =
        switch (tag) {
          case 0 -> readCompute(in);
          case 1 ->
              new ToWorker.DefineGraph(
                  in.source.readVarInt(),
                  in.source.readString(),
                  in.source.readVarInt(),
                  in.source.readVarInt(),
                  in.strings(),
                  in.intColumn(),
                  in.byteList());
          case 2 -> new ToWorker.Cancel(in.longColumn(), in.intColumn());
          case 3 -> new ToWorker.Free(in.longColumn());
          case 4 -> new ToWorker.Acquire(in.longColumn(), in.intColumn());
          case 5 ->
              new ToWorker.MeetPeer(in.source.readVarInt(), in.source.readLong(), readAddress(in));
          case 6 -> new ToWorker.ForgetGraph(in.source.readVarInt());
          case 7 -> new ToWorker.Dismiss(in.source.readString());
          case 8 -> new ToWorker.AskInventory();
          case 9 -> new ToWorker.LetGo();
          case 10 ->
              new ToWorker.AddCode(
                  in.source.readString(), in.source.readVarInt(), in.bytes(), readAddress(in));
          case 11 -> new ToWorker.ForgetSession(in.source.readString());
          default -> throw unknown(tag);
        };
    in.end();
    return message;
  }

  private static void writeCompute(ToWorker.Compute compute, MessageWriter out) {
    out.putLongs(compute.tasks());
    out.putInts(compute.runs());
    out.putInts(compute.inputCounts());
    out.putLongs(compute.inputs());
    out.putInts(compute.holders());
    out.putLongs(compute.memory());
    out.putInts(compute.functions());
    out.putInts(compute.prefixes());
    out.putInts(compute.priorities());
    out.putLongs(compute.timeoutNanos());
    out.putInts(compute.wanted());
    out.putInts(compute.argumentLengths());
    out.putBytes(compute.arguments());
  }

  private static ToWorker.Compute readCompute(MessageReader in) {
    return new ToWorker.Compute(
        in.longColumn(),
        in.intColumn(),
        in.intColumn(),
        in.longColumn(),
        in.intColumn(),
        in.longColumn(),
        in.intColumn(),
        in.intColumn(),
        in.intColumn(),
        in.longColumn(),
        in.intColumn(),
        in.intColumn(),
        in.bytes());
  }

  // ---- worker → scheduler
  // ------------------------------------------------------------------------

  public static byte[] encode(ToScheduler message) {
    MessageWriter out = new MessageWriter(new ByteSink());
    if (message instanceof ToScheduler.Finished finished) {
      out.sink.putByte(0);
      out.putLongs(finished.tasks());
      out.putInts(finished.runs());
      out.putLongs(finished.sizes());
      out.putLongs(finished.nanos());
      out.putByteArrays(finished.inline(), finished.tasks().size());
    } else if (message instanceof ToScheduler.Erred erred) {
      out.sink.putByte(1);
      out.sink.putLong(erred.task());
      out.sink.putVarInt(erred.run());
      writeFailure(erred.failure(), out);
    } else if (message instanceof ToScheduler.Missing missing) {
      out.sink.putByte(2);
      out.sink.putLong(missing.task());
      out.sink.putVarInt(missing.run());
      out.putLongs(missing.missing());
      out.putInts(missing.holders());
    } else if (message instanceof ToScheduler.Replicas replicas) {
      out.sink.putByte(3);
      out.putLongs(replicas.tasks());
    } else if (message instanceof ToScheduler.NoReplicas replicas) {
      out.sink.putByte(4);
      out.putLongs(replicas.tasks());
      out.putInts(replicas.holders());
    } else if (message instanceof ToScheduler.Blocked blocked) {
      out.sink.putByte(5);
      out.sink.putLong(blocked.task());
      out.sink.putVarInt(blocked.run());
      out.sink.putByte(blocked.blocked() ? 1 : 0);
    } else if (message instanceof ToScheduler.Inventory inventory) {
      out.sink.putByte(6);
      out.putLongs(inventory.tasks());
      out.putInts(inventory.runs());
      out.putLongs(inventory.held());
    } else if (message instanceof ToScheduler.Beat beat) {
      out.sink.putByte(7);
      writeDigest(beat.runs(), out);
      writeDigest(beat.replicas(), out);
      out.sink.putByte(beat.memory().ordinal());
      writeBytes(beat.bytes(), out);
      writeFigures(beat.figures(), out);
    } else if (message instanceof ToScheduler.Memory memory) {
      out.sink.putByte(9);
      out.sink.putByte(memory.level().ordinal());
    } else if (message instanceof ToScheduler.Returned returned) {
      out.sink.putByte(10);
      out.putLongs(returned.tasks());
      out.putInts(returned.runs());
    } else if (message instanceof ToScheduler.Noted noted) {
      out.sink.putByte(11);
      out.putLongs(noted.tasks());
      out.putInts(noted.steps());
      out.putLongs(noted.bytes());
      out.sink.putLong(noted.dropped());
    } else {
      out.sink.putByte(8);
    }
    return out.sink.toByteArray();
  }

  public static ToScheduler decodeToScheduler(byte[] bytes) {
    MessageReader in = new MessageReader(bytes);
    int tag = in.source.readByte();
    ToScheduler message =
        switch (tag) {
          case 0 -> readFinished(in);
          case 1 ->
              new ToScheduler.Erred(in.source.readLong(), in.source.readVarInt(), readFailure(in));
          case 2 ->
              new ToScheduler.Missing(
                  in.source.readLong(), in.source.readVarInt(), in.longColumn(), in.intColumn());
          case 3 -> new ToScheduler.Replicas(in.longColumn());
          case 4 -> new ToScheduler.NoReplicas(in.longColumn(), in.intColumn());
          case 5 ->
              new ToScheduler.Blocked(
                  in.source.readLong(), in.source.readVarInt(), in.source.readByte() != 0);
          case 6 -> new ToScheduler.Inventory(in.longColumn(), in.intColumn(), in.longColumn());
          case 7 ->
              new ToScheduler.Beat(
                  readDigest(in), readDigest(in), readLevel(in), readBytes(in), readFigures(in));
          case 8 -> new ToScheduler.Leaving();
          case 9 -> new ToScheduler.Memory(readLevel(in));
          case 10 -> new ToScheduler.Returned(in.longColumn(), in.intColumn());
          case 11 ->
              new ToScheduler.Noted(
                  in.longColumn(), in.intColumn(), in.longColumn(), in.source.readLong());
          default -> throw unknown(tag);
        };
    in.end();
    return message;
  }

  private static MemoryLevel readLevel(MessageReader in) {
    return MemoryLevel.of(in.source.readByte());
  }

  private static void writeBytes(WorkerBytes bytes, MessageWriter out) {
    out.sink.putLong(bytes.managed());
    out.sink.putLong(bytes.unmanaged());
    out.sink.putLong(bytes.spilled());
    out.sink.putLong(bytes.limit());
    out.sink.putLong(bytes.freeDisk());
    out.sink.putLong(bytes.pauses());
    out.sink.putLong(bytes.budget());
    out.sink.putLong(bytes.pauseAt());
  }

  private static WorkerBytes readBytes(MessageReader in) {
    return new WorkerBytes(
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong());
  }

  private static void writeFigures(WorkerFigures figures, MessageWriter out) {
    out.sink.putVarInt(figures.waiting());
    out.sink.putVarInt(figures.handed());
    out.sink.putLong(figures.longest());
    out.sink.putLong(figures.longestNanos());
    out.sink.putLong(figures.spills());
    out.sink.putLong(figures.spillBytes());
    out.sink.putLong(figures.reads());
    out.sink.putLong(figures.readBytes());
    out.sink.putLong(figures.sent());
    out.sink.putLong(figures.sentBytes());
    out.sink.putLong(figures.received());
    out.sink.putLong(figures.receivedBytes());
    out.sink.putLong(figures.retries());
    out.sink.putLong(figures.detours());
    out.sink.putLong(figures.relayed());
    out.sink.putLong(figures.busyAnswers());
    out.sink.putLong(figures.damaged());
  }

  private static WorkerFigures readFigures(MessageReader in) {
    return new WorkerFigures(
        in.source.readVarInt(),
        in.source.readVarInt(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong(),
        in.source.readLong());
  }

  private static ToScheduler.Finished readFinished(MessageReader in) {
    Longs tasks = in.longColumn();
    return new ToScheduler.Finished(
        tasks, in.intColumn(), in.longColumn(), in.longColumn(), in.byteArrays(tasks.size()));
  }

  // ---- client → scheduler
  // ------------------------------------------------------------------------

  public static byte[] encode(FromClient message) {
    MessageWriter out = new MessageWriter(new ByteSink());
    if (message instanceof FromClient.AddRows rows) {
      out.sink.putByte(0);
      out.sink.putVarInt(rows.graph());
      writeBlock(rows.block(), out);
    } else if (message instanceof FromClient.AddTables tables) {
      out.sink.putByte(1);
      writeTables(tables, out);
    } else if (message instanceof FromClient.OpenGraph open) {
      out.sink.putByte(2);
      out.sink.putVarInt(open.graph());
      out.sink.putString(open.id());
      out.sink.putString(open.name());
      out.sink.putVarInt(open.rows());
      out.sink.putByte(
          (open.stopAtFirstFailure() ? 1 : 0) | (open.growing() ? 2 : 0) | (open.inline() ? 4 : 0));
    } else if (message instanceof FromClient.SealGraph seal) {
      out.sink.putByte(3);
      out.sink.putVarInt(seal.graph());
    } else if (message instanceof FromClient.Release release) {
      out.sink.putByte(4);
      out.sink.putVarInt(release.graph());
      out.putInts(release.rows());
    } else if (message instanceof FromClient.CancelGraph cancel) {
      out.sink.putByte(5);
      out.sink.putVarInt(cancel.graph());
      out.sink.putString(cancel.reason());
    } else if (message instanceof FromClient.AddCode code) {
      out.sink.putByte(9);
      out.sink.putVarInt(code.epoch());
      out.putBytes(code.unit());
      writeAddress(code.blobs(), out);
    } else if (message instanceof FromClient.UseCode code) {
      out.sink.putByte(10);
      out.sink.putVarInt(code.graph());
      out.sink.putVarInt(code.epoch());
    } else if (message instanceof FromClient.AskOrdinal ask) {
      out.sink.putByte(11);
      out.sink.putVarInt(ask.graph());
    } else if (message instanceof FromClient.OfferValues offer) {
      out.sink.putByte(12);
      writeOffer(offer, out);
    } else if (message instanceof FromClient.CopyResults copy) {
      out.sink.putByte(13);
      out.sink.putLong(copy.request());
      out.sink.putVarInt(copy.copies());
      writeRefs(copy.results(), out);
    } else if (message instanceof FromClient.BalanceResults balance) {
      out.sink.putByte(14);
      out.sink.putLong(balance.request());
      writeRefs(balance.results(), out);
    } else if (message instanceof FromClient.Bundle bundle) {
      out.sink.putByte(8);
      out.putByteList(bundle.messages().stream().map(MessageCodec::encode).toList());
    } else {
      out.sink.putByte(message instanceof FromClient.ClientBeat ? 6 : 7);
    }
    return out.sink.toByteArray();
  }

  public static FromClient decodeFromClient(byte[] bytes) {
    MessageReader in = new MessageReader(bytes);
    int tag = in.source.readByte();
    FromClient message =
        switch (tag) {
          case 0 -> new FromClient.AddRows(in.source.readVarInt(), readBlock(in));
          case 1 -> readTables(in);
          case 2 -> readOpen(in);
          case 3 -> new FromClient.SealGraph(in.source.readVarInt());
          case 4 -> new FromClient.Release(in.source.readVarInt(), in.intColumn());
          case 5 -> new FromClient.CancelGraph(in.source.readVarInt(), in.source.readString());
          case 6 -> new FromClient.ClientBeat();
          case 7 -> new FromClient.CloseSession();
          case 8 ->
              new FromClient.Bundle(
                  in.byteList().stream().map(MessageCodec::decodeFromClient).toList());
          case 9 -> new FromClient.AddCode(in.source.readVarInt(), in.bytes(), readAddress(in));
          case 10 -> new FromClient.UseCode(in.source.readVarInt(), in.source.readVarInt());
          case 11 -> new FromClient.AskOrdinal(in.source.readVarInt());
          case 12 -> readOffer(in);
          case 13 ->
              new FromClient.CopyResults(
                  in.source.readLong(), in.source.readVarInt(), readRefs(in));
          case 14 -> new FromClient.BalanceResults(in.source.readLong(), readRefs(in));
          default -> throw unknown(tag);
        };
    in.end();
    return message;
  }

  private static void writeOffer(FromClient.OfferValues offer, MessageWriter out) {
    out.sink.putVarInt(offer.graph());
    out.putLongs(offer.sizes());
    out.sink.putVarInt(offer.copies());
    out.putStrings(offer.only());
    out.sink.putByte(offer.kept() ? 1 : 0);
    out.sink.putLong(offer.incarnation());
    writeAddress(offer.address(), out);
  }

  private static FromClient.OfferValues readOffer(MessageReader in) {
    return new FromClient.OfferValues(
        in.source.readVarInt(),
        in.longColumn(),
        in.source.readVarInt(),
        in.strings(),
        in.source.readByte() != 0,
        in.source.readLong(),
        readAddress(in));
  }

  private static void writeRefs(List<ResultRef> refs, MessageWriter out) {
    out.sink.putVarInt(refs.size());
    for (ResultRef ref : refs) {
      out.sink.putString(ref.graph().value());
      out.sink.putVarInt(ref.row());
    }
  }

  private static List<ResultRef> readRefs(MessageReader in) {
    List<ResultRef> refs = new ArrayList<>();
    for (int i = in.count(); i > 0; i--) {
      refs.add(new ResultRef(new GraphId(in.source.readString()), in.source.readVarInt()));
    }
    return refs;
  }

  private static FromClient.OpenGraph readOpen(MessageReader in) {
    int graph = in.source.readVarInt();
    String id = in.source.readString();
    String name = in.source.readString();
    int rows = in.source.readVarInt();
    int flags = in.source.readByte();
    return new FromClient.OpenGraph(
        graph, id, name, rows, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
  }

  private static void writeBlock(GraphRows.Block block, MessageWriter out) {
    out.sink.putVarInt(block.first());
    // Degrees, not offsets: equal ones make one run.
    int size = block.size();
    int[] degrees = new int[size];
    for (int i = 0; i < size; i++) {
      degrees[i] = block.inputOffsets()[i + 1] - block.inputOffsets()[i];
    }
    out.putInts(degrees, size);
    out.putInts(block.inputs(), block.inputOffsets()[size]);
    out.putInts(block.functionOf(), size);
    out.putInts(block.prefixOf(), size);
    int @Nullable [] annotations = block.annotationOf();
    out.putInts(annotations == null ? new int[0] : annotations, annotations == null ? 0 : size);
    int @Nullable [] offsets = block.argumentOffsets();
    int[] lengths = new int[offsets == null ? 0 : size];
    for (int i = 0; offsets != null && i < size; i++) {
      lengths[i] = offsets[i + 1] - offsets[i];
    }
    out.putInts(lengths, lengths.length);
    out.putBytes(block.arguments());
    out.putInts(block.outputs(), block.outputs().length);
  }

  private static GraphRows.Block readBlock(MessageReader in) {
    int first = in.source.readVarInt();
    int[] degrees = in.ints();
    int[] inputs = in.ints();
    int[] functions = in.ints();
    int[] prefixes = in.ints();
    int[] annotations = in.ints();
    int[] lengths = in.ints();
    byte[] arguments = in.bytes();
    int[] outputs = in.ints();
    int size = degrees.length;
    int[] offsets = sums(degrees);
    int @Nullable [] argumentOffsets = lengths.length == 0 ? null : sums(lengths);
    boolean fits =
        offsets[size] == inputs.length
            && functions.length == size
            && prefixes.length == size
            && (annotations.length == 0 || annotations.length == size)
            && (argumentOffsets == null
                || (lengths.length == size && argumentOffsets[size] == arguments.length));
    if (!fits) {
      throw ByteSource.corrupt("columns of a block have different lengths");
    }
    return new GraphRows.Block(
        first,
        offsets,
        inputs,
        functions,
        prefixes,
        annotations.length == 0 ? null : annotations,
        arguments,
        argumentOffsets,
        outputs);
  }

  private static int[] sums(int[] lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      offsets[i + 1] = Math.addExact(offsets[i], lengths[i]);
      if (lengths[i] < 0) {
        throw ByteSource.corrupt("a length is negative");
      }
    }
    return offsets;
  }

  private static void writeTables(FromClient.AddTables tables, MessageWriter out) {
    out.sink.putVarInt(tables.graph());
    out.putStrings(tables.prefixes());
    out.sink.putVarInt(tables.annotations().size());
    tables.annotations().forEach(annotations -> writeAnnotations(annotations, out));
    out.putByteList(tables.functions());
    out.sink.putVarInt(tables.keys().size());
    tables
        .keys()
        .forEach(
            (row, key) -> {
              out.sink.putVarInt(row);
              out.sink.putString(key.prefix());
              out.sink.putString(key.suffix());
            });
    out.sink.putVarInt(tables.externals().size());
    tables
        .externals()
        .forEach(
            (row, ref) -> {
              out.sink.putVarInt(row);
              out.sink.putString(ref.graph().value());
              out.sink.putVarInt(ref.row());
            });
  }

  private static FromClient.AddTables readTables(MessageReader in) {
    int graph = in.source.readVarInt();
    List<String> prefixes = in.strings();
    List<Annotations> annotations = new ArrayList<>();
    for (int i = in.count(); i > 0; i--) {
      annotations.add(readAnnotations(in));
    }
    List<byte[]> functions = in.byteList();
    Map<Integer, TaskKey> keys = new LinkedHashMap<>();
    for (int i = in.count(); i > 0; i--) {
      keys.put(in.source.readVarInt(), new TaskKey(in.source.readString(), in.source.readString()));
    }
    Map<Integer, ResultRef> externals = new LinkedHashMap<>();
    for (int i = in.count(); i > 0; i--) {
      int row = in.source.readVarInt();
      GraphId owner = new GraphId(in.source.readString());
      externals.put(row, new ResultRef(owner, in.source.readVarInt()));
    }
    return new FromClient.AddTables(graph, prefixes, annotations, functions, keys, externals);
  }

  private static void writeAnnotations(Annotations annotations, MessageWriter out) {
    out.sink.putVarInt(annotations.retries());
    out.sink.putSignedVarLong(annotations.priority());
    out.sink.putSignedVarLong(annotations.timeout().toNanos());
    out.sink.putByte((annotations.anyWorker() ? 1 : 0) | (annotations.pure() ? 2 : 0));
    out.sink.putVarInt(annotations.resources().size());
    annotations
        .resources()
        .forEach(
            (name, amount) -> {
              out.sink.putString(name);
              out.sink.putLong(Double.doubleToLongBits(amount));
            });
    out.putStrings(List.copyOf(annotations.workers()));
    out.sink.putString(annotations.serializer());
    out.sink.putSignedVarLong(annotations.memory());
  }

  private static Annotations readAnnotations(MessageReader in) {
    int retries = in.source.readVarInt();
    int priority = (int) in.source.readSignedVarLong();
    Duration timeout = Duration.ofNanos(in.source.readSignedVarLong());
    int flags = in.source.readByte();
    Map<String, Double> resources = new LinkedHashMap<>();
    for (int i = in.count(); i > 0; i--) {
      resources.put(in.source.readString(), Double.longBitsToDouble(in.source.readLong()));
    }
    Set<String> workers = new LinkedHashSet<>(in.strings());
    return new Annotations(
        retries,
        priority,
        timeout,
        resources,
        workers,
        (flags & 1) != 0,
        (flags & 2) != 0,
        in.source.readString(),
        in.source.readSignedVarLong());
  }

  // ---- scheduler → client
  // ------------------------------------------------------------------------

  public static byte[] encode(ToClient message) {
    MessageWriter out = new MessageWriter(new ByteSink());
    if (message instanceof ToClient.Outputs outputs) {
      out.sink.putByte(0);
      out.sink.putVarInt(outputs.graph());
      out.sink.putVarInt(outputs.ordinal());
      out.sink.putLong(outputs.worker());
      writeAddress(outputs.address(), out);
      out.putInts(outputs.rows());
      out.putLongs(outputs.sizes());
      out.putByteArrays(outputs.inline(), outputs.rows().size());
    } else if (message instanceof ToClient.OutputsLost lost) {
      out.sink.putByte(1);
      out.sink.putVarInt(lost.graph());
      out.putInts(lost.rows());
    } else if (message instanceof ToClient.OutputsFailed failed) {
      out.sink.putByte(2);
      out.sink.putVarInt(failed.graph());
      out.putInts(failed.rows());
      writeFailure(failed.failure(), out);
    } else if (message instanceof ToClient.GraphProgress progress) {
      out.sink.putByte(3);
      out.sink.putVarInt(progress.graph());
      out.sink.putVarInt(progress.total());
      out.sink.putVarInt(progress.finished());
      out.sink.putVarInt(progress.erred());
    } else if (message instanceof ToClient.GraphBroken broken) {
      out.sink.putByte(4);
      out.sink.putVarInt(broken.graph());
      out.sink.putString(broken.why());
    } else if (message instanceof ToClient.GraphOrdinal ordinal) {
      out.sink.putByte(6);
      out.sink.putVarInt(ordinal.graph());
      out.sink.putVarInt(ordinal.ordinal());
    } else if (message instanceof ToClient.RequestDone done) {
      out.sink.putByte(7);
      out.sink.putLong(done.request());
      out.sink.putVarInt(done.copies());
      out.sink.putLong(done.bytes());
      out.sink.putVarInt(done.left());
    } else {
      out.sink.putByte(5);
    }
    return out.sink.toByteArray();
  }

  public static ToClient decodeToClient(byte[] bytes) {
    MessageReader in = new MessageReader(bytes);
    int tag = in.source.readByte();
    ToClient message =
        switch (tag) {
          case 0 -> readOutputs(in);
          case 1 -> new ToClient.OutputsLost(in.source.readVarInt(), in.intColumn());
          case 2 ->
              new ToClient.OutputsFailed(in.source.readVarInt(), in.intColumn(), readFailure(in));
          case 3 ->
              new ToClient.GraphProgress(
                  in.source.readVarInt(),
                  in.source.readVarInt(),
                  in.source.readVarInt(),
                  in.source.readVarInt());
          case 4 -> new ToClient.GraphBroken(in.source.readVarInt(), in.source.readString());
          case 5 -> new ToClient.SchedulerBeat();
          case 6 -> new ToClient.GraphOrdinal(in.source.readVarInt(), in.source.readVarInt());
          case 7 ->
              new ToClient.RequestDone(
                  in.source.readLong(),
                  in.source.readVarInt(),
                  in.source.readLong(),
                  in.source.readVarInt());
          default -> throw unknown(tag);
        };
    in.end();
    return message;
  }

  private static ToClient.Outputs readOutputs(MessageReader in) {
    int graph = in.source.readVarInt();
    int ordinal = in.source.readVarInt();
    long worker = in.source.readLong();
    PeerAddress address = readAddress(in);
    Ints rows = in.intColumn();
    return new ToClient.Outputs(
        graph, ordinal, worker, address, rows, in.longColumn(), in.byteArrays(rows.size()));
  }

  // ---- shared
  // -------------------------------------------------------------------------------------

  private static void writeFailure(TaskFailure failure, MessageWriter out) {
    out.sink.putByte(failure.kind().ordinal());
    out.sink.putString(failure.key());
    out.sink.putString(failure.worker());
    out.sink.putString(failure.type());
    out.sink.putString(failure.message());
    out.sink.putString(failure.stack());
    out.putBytes(failure.exception());
  }

  private static TaskFailure readFailure(MessageReader in) {
    int kind = in.source.readByte();
    TaskFailure.Kind[] kinds = TaskFailure.Kind.values();
    return new TaskFailure(
        kind >= 0 && kind < kinds.length ? kinds[kind] : TaskFailure.Kind.INTERNAL,
        in.source.readString(),
        in.source.readString(),
        in.source.readString(),
        in.source.readString(),
        in.source.readString(),
        in.nullableBytes());
  }

  private static void writeDigest(Digest digest, MessageWriter out) {
    out.sink.putLong(digest.count());
    out.sink.putLong(digest.sum());
  }

  private static Digest readDigest(MessageReader in) {
    return new Digest(in.source.readLong(), in.source.readLong());
  }

  private static void writeAddress(PeerAddress address, MessageWriter out) {
    out.sink.putString(address.host());
    out.sink.putVarInt(address.port());
  }

  private static PeerAddress readAddress(MessageReader in) {
    return new PeerAddress(in.source.readString(), in.source.readVarInt());
  }

  private static RuntimeException unknown(int tag) {
    return ByteSource.corrupt("no message has the number [" + tag + "]");
  }
}
