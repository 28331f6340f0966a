using System.Text.Json;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated.Reach;

/// <summary>
/// Records which tests enter which bodies of src, so that a mutant is judged only by tests that run it. A source or a test that
/// has changed since counts as reached. A test that was skipped, or that reaches a body only through other code that has changed,
/// is missed: the mutant may survive wrongly, but is never killed wrongly.
/// </summary>
public sealed class ReachMap
{
    private readonly Entries _entries;

    /// <summary>Makes a map.</summary>
    public ReachMap(Entries entries) => _entries = entries;

    /// <summary>A map in which every test reaches everything.</summary>
    public static ReachMap Unknown { get; } = new(new([], []));

    /// <summary>What a run of the tests recorded.</summary>
    /// <param name="Sources">Hash of each source by its path.</param>
    /// <param name="Tests">The tests by their names.</param>
    public sealed record Entries(Dictionary<string, string> Sources, Dictionary<string, TestEntry> Tests);

    /// <summary>The bodies that some tests entered.</summary>
    /// <param name="Hash">Hash of the source of the tests.</param>
    /// <param name="Bodies">Numbers of bodies by the path of the source.</param>
    public sealed record TestEntry(string Hash, Dictionary<string, int[]> Bodies);

    /// <summary>Returns the path of the recorded map.</summary>
    /// <param name="work">Folder of the journal.</param>
    public static string FileIn(string work) => Path.Combine(work, "reach.json");

    /// <summary>Reads a map; <see cref="Unknown"/> without the file.</summary>
    public static ReachMap Read(string file) =>
        File.Exists(file) ? new(JsonSerializer.Deserialize<Entries>(File.ReadAllText(file))!) : Unknown;

    /// <summary>Writes the map.</summary>
    public void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var other = $"{file}.new";
        File.WriteAllText(other, JsonSerializer.Serialize(_entries));
        File.Move(other, file, overwrite: true);
    }

    /// <summary>Returns what was recorded with sources; nothing if one of them has changed.</summary>
    public Dictionary<string, TestEntry> TestsOf(Dictionary<string, string> sources) =>
        _entries.Sources.Count == sources.Count && !_entries.Sources.Except(sources).Any() ? _entries.Tests : [];

    /// <summary>Returns the tests that may run the body of a mutant.</summary>
    public Func<TestClass, bool> FilterFor(GeneratedMutant mutant)
    {
        var filter = Filter(mutant);
        return test => filter(test.Name, test.Hash);
    }

    /// <summary>Returns the requirements, by id, that may run the body of a mutant.</summary>
    public Func<string, bool> RequirementFilterFor(GeneratedMutant mutant)
    {
        var filter = Filter(mutant);
        return id => filter(id, FastSuite.Hash);
    }

    private Func<string, string, bool> Filter(GeneratedMutant mutant)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, mutant.File));
        if (_entries.Sources.GetValueOrDefault(mutant.File) != MutantGenerator.HashOf(source)
            || new MemberInstrumenter(source).Find(mutant.Span) is not { } body)
            return (_, _) => true;
        return (tests, hash) =>
            !_entries.Tests.TryGetValue(tests, out var entry) || entry.Hash != hash
            || entry.Bodies.GetValueOrDefault(mutant.File, []).Contains(body);
    }
}
