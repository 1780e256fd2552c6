package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.SerializedLambda;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The hash of the code that a function may run: of what its methods do, not of how their source is
 * laid out.
 *
 * <p>Followed are methods that are called or named; of a class that is instantiated, or whose
 * instance is handed to the function, all methods, since it may be called through any of its types;
 * and initializers of classes whose static fields are read. Line numbers, names of local variables
 * and numbers of lambdas do not count. A class in a jar counts as its whole jar, the JDK and
 * Dagwright as nothing. What is found by reflection only is not seen. Not thread-safe; for one use.
 */
public final class ReachableCode {

  private static final String ALL = "";
  private static final String INITIALIZER = "<clinit>";
  private static final CodeLocation OURS = CodeLocation.of(ReachableCode.class);

  /** Classes of the JDK whose instances are there to be changed. */
  private static final Pattern MUTABLE =
      Pattern.compile(
          "java/util/(?:concurrent/)?\\w*(?:List|Map|Set|Deque|Queue|Vector|Stack|Hashtable|Properties)"
              + "|java/util/concurrent/atomic/\\w+"
              + "|java/lang/String(?:Builder|Buffer)");

  /** Below these are programs of many owners. */
  private static final Pattern SHARED = Pattern.compile("(?:org/apache|(?:com|io)/github)/");

  /** A method; all of the class if the name is empty. */
  private record Member(String owner, String name, String descriptor) {}

  /** A static field that is read. */
  private record StaticRead(String owner, String name, String descriptor) {
    @Override
    public String toString() {
      return Arrays.toString(new Object[] {Opcodes.GETSTATIC, owner, name, descriptor});
    }
  }

  /**
   * What a class file says.
   *
   * @param methods texts, and members where one is named
   * @param mutableStatics names of static fields whose content may change
   */
  private record Parsed(
      @Nullable String parent,
      List<String> interfaces,
      Map<String, List<Object>> methods,
      Set<String> mutableStatics) {}

  /**
   * A static field whose content may change while the program runs.
   *
   * @param owner simple name of its class, as the source has it
   * @param type simple name
   */
  public record MutableStatic(String owner, String name, String type) {}

  private final ClassLoader loader;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);
  private final Deque<Member> ahead = new ArrayDeque<>();
  private final Set<Member> seen = new HashSet<>();
  private final Map<String, @Nullable Parsed> classes = new HashMap<>();
  private final Map<Member, Integer> lambdas = new HashMap<>();
  private final Set<String> jars = new TreeSet<>();
  private final Set<MutableStatic> mutableStatics = new LinkedHashSet<>();

  /** How the names of classes begin that count one by one though they are in a jar. */
  private final @Nullable String program;

  private ReachableCode(ClassLoader loader, @Nullable String program) {
    this.loader = loader;
    this.program = program;
  }

  /**
   * Hashes the code of a function.
   *
   * @param lambda what a lambda or method reference is made of; null if the function is an instance
   *     of a class of its own
   * @param instances the function's class, if it is no lambda, and the classes of values it is
   *     given
   * @throws CodeUnavailableException if a class file or jar cannot be read
   */
  public static CodeHash hash(
      @Nullable SerializedLambda lambda, Collection<Class<?>> instances, ClassLoader loader) {
    return walk(new ReachableCode(loader, null), lambda, instances).hash();
  }

  /**
   * The static fields that a function may read and that may hold something else there than here:
   * those that are not final, and final ones that are made as collections or counters. Fields that
   * only initializers of classes read, those of libraries, and the variables of a shell, which are
   * sent, do not count. What is in a jar is of a library, unless its package and that of the class
   * with the lambda begin with the same two names.
   *
   * @param lambda as above
   * @param instances as above
   * @throws CodeUnavailableException if a class file or jar cannot be read
   */
  public static Set<MutableStatic> mutableStatics(
      @Nullable SerializedLambda lambda, Collection<Class<?>> instances, ClassLoader loader) {
    String program = lambda == null ? null : programOf(lambda.getCapturingClass());
    return walk(new ReachableCode(loader, program), lambda, instances).mutableStatics;
  }

  /**
   * How the packages of a program begin: {@code com/acme/} for {@code com/acme/etl/Main}, three
   * names where many share two; all of a shorter package; empty for none.
   */
  private static String programOf(String type) {
    int names = SHARED.matcher(type).lookingAt() ? 3 : 2;
    int end = 0;
    for (int next = type.indexOf('/'); names > 0 && next >= 0; next = type.indexOf('/', end)) {
      end = next + 1;
      names--;
    }
    return type.substring(0, end);
  }

  private static ReachableCode walk(
      ReachableCode walk, @Nullable SerializedLambda lambda, Collection<Class<?>> instances) {
    try {
      if (lambda != null) {
        walk.name(
            new Member(
                lambda.getImplClass(),
                lambda.getImplMethodName(),
                lambda.getImplMethodSignature()));
      }
      for (String name : new TreeSet<>(instances.stream().map(Class::getName).toList())) {
        walk.name(new Member(name.replace('.', '/'), ALL, ALL));
      }
      walk.run();
      return walk;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Of a stream in memory.
    }
  }

  private CodeHash hash() {
    return CodeHash.of(bytes.toByteArray());
  }

  private void run() throws IOException {
    while (!ahead.isEmpty()) {
      Member member = ahead.remove();
      Parsed parsed = parsed(member.owner());
      if (parsed == null) {
        continue;
      }
      if (member.name().equals(ALL)) {
        writeClass(member.owner(), parsed);
      } else {
        writeMethod(member, parsed);
      }
    }
    for (String jar : jars) {
      out.writeUTF(jar);
    }
  }

  private void writeClass(String owner, Parsed parsed) throws IOException {
    out.writeUTF(owner);
    if (parsed.parent() != null) {
      name(new Member(parsed.parent(), ALL, ALL));
    }
    for (String implemented : parsed.interfaces()) {
      name(new Member(implemented, ALL, ALL));
    }
    for (String method : parsed.methods().keySet()) {
      int end = method.indexOf('(');
      String name = method.substring(0, end);
      if (!name.startsWith("lambda$") && !name.equals("$deserializeLambda$")) {
        name(new Member(owner, name, method.substring(end)));
      }
    }
  }

  private void writeMethod(Member member, Parsed parsed) throws IOException {
    List<Object> body = parsed.methods().get(member.name() + member.descriptor());
    if (body == null) { // Inherited, or a field.
      if (parsed.parent() != null) {
        follow(new Member(parsed.parent(), member.name(), member.descriptor()));
      }
      for (String implemented : parsed.interfaces()) {
        follow(new Member(implemented, member.name(), member.descriptor()));
      }
      return;
    }
    name(member);
    for (Object token : body) {
      if (token instanceof Member named) {
        name(named);
      } else {
        if (token instanceof StaticRead read && !member.name().equals(INITIALIZER)) {
          note(read);
        }
        byte[] text = token.toString().getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
      }
    }
  }

  private void note(StaticRead read) {
    Parsed parsed = parsed(read.owner());
    if (parsed == null) {
      return;
    }
    if (parsed.mutableStatics().contains(read.name())) {
      String type = Type.getType(read.descriptor()).getClassName();
      mutableStatics.add(new MutableStatic(simple(read.owner()), read.name(), simple(type)));
    } else if (parsed.parent() != null) {
      note(new StaticRead(parsed.parent(), read.name(), read.descriptor())); // Inherited, if any.
    }
  }

  private static String simple(String type) {
    return type.substring(Math.max(type.lastIndexOf('/'), type.lastIndexOf('.')) + 1)
        .replace('$', '.');
  }

  /** Writes the name of a member, and will follow it. */
  private void name(Member member) throws IOException {
    out.writeUTF(member.owner());
    if (member.name().startsWith("lambda$")) {
      Integer known = lambdas.putIfAbsent(member, lambdas.size());
      out.writeUTF("lambda-" + (known == null ? lambdas.size() - 1 : known));
    } else {
      out.writeUTF(member.name());
    }
    out.writeUTF(member.descriptor());
    follow(member);
  }

  private void follow(Member member) {
    if (!member.owner().startsWith("java/") && seen.add(member)) {
      ahead.add(member);
    }
  }

  private @Nullable Parsed parsed(String owner) {
    if (!classes.containsKey(owner)) {
      classes.put(owner, parse(owner));
    }
    return classes.get(owner);
  }

  private @Nullable Parsed parse(String owner) {
    String resource = owner + ".class";
    URL url = loader.getResource(resource);
    if (url == null) {
      return null;
    }
    CodeLocation location = CodeLocation.of(url, resource);
    if (location.kind() == CodeLocation.Kind.JDK || location.equals(OURS)) {
      return null;
    }
    if (location.kind() == CodeLocation.Kind.JAR && !isOfProgram(owner)) {
      jars.add(JarIndex.ofThisJvm().jar(location).hash().toString());
      return null;
    }
    try (InputStream in = open(url)) {
      Shape shape = new Shape();
      new ClassReader(in).accept(shape, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      // Variables of a shell are sent.
      Set<String> statics = CodeLocation.isOfShell(url) ? Set.of() : shape.mutableStatics;
      return new Parsed(shape.parent, shape.interfaces, shape.methods, statics);
    } catch (IOException | IllegalArgumentException e) {
      throw new CodeUnavailableException(
          "Class ["
              + owner.replace('/', '.')
              + "], whose code is part of a cached function, cannot be read from ["
              + url
              + "]: "
              + e.getMessage()
              + ". Compile it again, with a compiler for a Java version that Dagwright knows.",
          e);
    }
  }

  private boolean isOfProgram(String owner) {
    return program != null
        && (program.isEmpty() ? owner.indexOf('/') < 0 : owner.startsWith(program));
  }

  private static InputStream open(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false); // Or the jar would stay open.
    return connection.getInputStream();
  }

  private static final class Shape extends ClassVisitor {

    private @Nullable String parent;
    private List<String> interfaces = List.of();
    private final Map<String, List<Object>> methods = new TreeMap<>();
    private final Set<String> mutableStatics = new HashSet<>();

    Shape() {
      super(Opcodes.ASM9);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String superName,
        String @Nullable [] implemented) {
      parent = superName;
      interfaces = implemented == null ? List.of() : List.of(implemented);
    }

    @Override
    public @Nullable FieldVisitor visitField(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        @Nullable Object value) {
      if ((access & (Opcodes.ACC_STATIC | Opcodes.ACC_FINAL | Opcodes.ACC_SYNTHETIC))
          == Opcodes.ACC_STATIC) {
        mutableStatics.add(name);
      }
      return null;
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      List<Object> body = new ArrayList<>();
      body.add("access " + access);
      methods.put(name + descriptor, body);
      return new Body(body, name.equals(INITIALIZER) ? mutableStatics : new HashSet<>());
    }
  }

  private static final class Body extends MethodVisitor {

    private final List<Object> body;
    private final Map<Label, Integer> labels = new HashMap<>();

    /** Gets the fields that a mutable object of the JDK is put into as soon as it is made. */
    private final Set<String> mutableStatics;

    private String lastMade = "";

    Body(List<Object> body, Set<String> mutableStatics) {
      super(Opcodes.ASM9);
      this.body = body;
      this.mutableStatics = mutableStatics;
    }

    private void add(Object... parts) {
      body.add(Arrays.toString(parts));
    }

    private int number(Label label) {
      return labels.computeIfAbsent(label, unknown -> labels.size());
    }

    private int[] numbers(Label[] of) {
      return Arrays.stream(of).mapToInt(this::number).toArray();
    }

    private void all(String type) {
      Type named = Type.getObjectType(type);
      Type element = named.getSort() == Type.ARRAY ? named.getElementType() : named;
      if (element.getSort() == Type.OBJECT) {
        body.add(new Member(element.getInternalName(), ALL, ALL));
      }
    }

    private void constant(Object value) {
      if (value instanceof Type type) {
        add("type", type);
        if (type.getSort() == Type.OBJECT || type.getSort() == Type.ARRAY) {
          all(type.getInternalName());
        }
      } else if (value instanceof Handle handle) {
        add("handle", handle.getTag());
        body.add(new Member(handle.getOwner(), handle.getName(), handle.getDesc()));
        if (handle.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
          all(handle.getOwner());
        }
      } else if (value instanceof ConstantDynamic dynamic) {
        add("dynamic", dynamic.getName(), dynamic.getDescriptor());
        constant(dynamic.getBootstrapMethod());
        for (int i = 0; i < dynamic.getBootstrapMethodArgumentCount(); i++) {
          constant(dynamic.getBootstrapMethodArgument(i));
        }
      } else {
        add(value.getClass().getSimpleName(), value);
      }
    }

    @Override
    public void visitInsn(int opcode) {
      add(opcode);
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      add(opcode, operand);
    }

    @Override
    public void visitVarInsn(int opcode, int variable) {
      add(opcode, variable);
    }

    @Override
    public void visitIincInsn(int variable, int increment) {
      add("increment", variable, increment);
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      add(opcode, type);
      if (opcode == Opcodes.NEW) {
        all(type);
      }
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      if (opcode == Opcodes.GETSTATIC) {
        body.add(new StaticRead(owner, name, descriptor));
      } else {
        add(opcode, owner, name, descriptor);
      }
      if (opcode == Opcodes.PUTSTATIC && MUTABLE.matcher(lastMade).matches()) {
        mutableStatics.add(name);
      }
      if (opcode == Opcodes.GETSTATIC || opcode == Opcodes.PUTSTATIC) {
        body.add(new Member(owner, INITIALIZER, "()V"));
      }
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      add(opcode);
      lastMade = name.equals("<init>") ? owner : "";
      body.add(new Member(owner, name, descriptor));
      if (opcode == Opcodes.INVOKESTATIC) {
        body.add(new Member(owner, INITIALIZER, "()V"));
      }
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String descriptor, Handle bootstrap, Object... arguments) {
      add("dynamic", name, descriptor);
      constant(bootstrap);
      for (Object argument : arguments) {
        constant(argument);
      }
    }

    @Override
    public void visitLdcInsn(Object value) {
      constant(value);
    }

    @Override
    public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
      add("arrays", descriptor, dimensions);
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
      add(opcode, "to", number(label));
    }

    @Override
    public void visitLabel(Label label) {
      add("label", number(label));
    }

    @Override
    public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... cases) {
      add("table", min, max, number(otherwise), Arrays.toString(numbers(cases)));
    }

    @Override
    public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] cases) {
      add("lookup", number(otherwise), Arrays.toString(keys), Arrays.toString(numbers(cases)));
    }

    @Override
    public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
      add("try", number(start), number(end), number(handler), String.valueOf(type));
    }
  }
}
