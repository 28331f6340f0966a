using TurkishLlm.Tests.Shared;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated.Reach;

/// <summary>A project of src with a mark in every body.</summary>
internal sealed class InstrumentedProject
{
    /// <summary>The variable of the environment with the folder for marks. Processes that a test starts inherit it.</summary>
    public const string Variable = "TURKISHLLM_REACH";

    private readonly string _project, _type;
    private readonly (string File, string Text, int Offset, int Count)[] _sources;

    /// <param name="project">Its folder, such as <c>src/Data</c>.</param>
    public InstrumentedProject(string project)
    {
        (_project, _type) = (project, $"ReachOf{Path.GetFileName(project)}");
        var offset = 0;
        _sources = [.. SourceProject.FindSources(project).Select(Read)];

        (string, string, int, int) Read(string file)
        {
            var text = File.ReadAllText(Path.Combine(Repository.Root, file));
            var source = (file, text, offset, new MemberInstrumenter(text).Count);
            offset += source.Count;
            return source;
        }
    }

    /// <summary>The sources with their hashes.</summary>
    public IEnumerable<(string File, string Hash)> Sources =>
        _sources.Select(source => (source.File, MutantGenerator.HashOf(source.Text)));

    private string MarksFile => $"{_type}.marks";

    /// <summary>Compiles the project and returns the path of the assembly.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="folder">Folder for the result.</param>
    /// <exception cref="InvalidOperationException">It does not compile.</exception>
    public string Compile(MutantCompiler compiler, string folder)
    {
        var scratch = Path.Combine(folder, Path.GetFileName(_project));
        Directory.CreateDirectory(scratch);
        var texts = _sources.ToDictionary(
            source => source.File, source => new MemberInstrumenter(source.Text).Instrument($"{_type}.Mark", source.Offset));
        var (assembly, error) = compiler.Compile(_project, texts, Marker(), scratch);
        return assembly ?? throw new InvalidOperationException($"{_project} does not compile with marks: {error}");
    }

    /// <summary>Returns the bodies that were entered since the folder was empty.</summary>
    public IEnumerable<(string File, int[] Bodies)> ReadMarks(string folder)
    {
        var file = Path.Combine(folder, MarksFile);
        if (!File.Exists(file)) yield break;
        var marks = File.ReadAllBytes(file);
        foreach (var source in _sources)
        {
            int[] bodies = [.. Enumerable.Range(0, source.Count).Where(i => marks[source.Offset + i] != 0)];
            if (bodies.Length > 0) yield return (source.File, bodies);
        }
    }

    // A mapped file keeps the marks of a process that is killed, and joins those of several processes.
    private string Marker()
    {
        var count = Invariant($"{Math.Max(1, _sources.Sum(source => source.Count))}");
        return $$"""
            internal static class {{_type}}
            {
                private static readonly bool[] Marks = new bool[{{count}}];
                private static readonly System.IO.MemoryMappedFiles.MemoryMappedViewAccessor? File = Open();
                internal static void Mark(int body)
                {
                    if (Marks[body]) return;
                    Marks[body] = true;
                    File?.Write(body, (byte)1);
                }
                private static System.IO.MemoryMappedFiles.MemoryMappedViewAccessor? Open()
                {
                    if (System.Environment.GetEnvironmentVariable("{{Variable}}") is not { } folder) return null;
                    var stream = new System.IO.FileStream(
                        System.IO.Path.Combine(folder, "{{MarksFile}}"), System.IO.FileMode.OpenOrCreate,
                        System.IO.FileAccess.ReadWrite, System.IO.FileShare.ReadWrite);
                    return System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(
                        stream, null, {{count}}, System.IO.MemoryMappedFiles.MemoryMappedFileAccess.ReadWrite,
                        System.IO.HandleInheritability.None, false).CreateViewAccessor();
                }
            }
            """;
    }
}
