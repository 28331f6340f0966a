using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>A class of tests and its source.</summary>
/// <param name="Program">The test project, such as <c>Unit</c>.</param>
/// <param name="Name">Full name.</param>
/// <param name="Text">The source.</param>
public sealed partial record TestClass(string Program, string Name, string Text)
{
    private static readonly Lazy<IReadOnlyList<TestClass>> LazyAll =
        new(() => [.. Find("Unit", "*Tests.cs"), .. Find("Property", "*Properties.cs"), .. Find("Golden", "*Tests.cs")]);

    // Tests of pages, and tests of the specification itself, but for two that run the code of src: the CUDA kernels, and layers
    // with NaN in new memory.
    private static readonly string[] Excluded = ["Unit.Documentation.", "Unit.Specification."];
    private static readonly string[] Included = ["EmulatedCudaTests", "UninitializedMemoryTests"];
    private static readonly Lazy<string> Helpers = new(() => string.Concat(
        new[] { "tests", "spec" }.SelectMany(FindSources).Where(file => !IsTest(file)).Select(File.ReadAllText)));

    /// <summary>All classes but those about pages and about the specification itself.</summary>
    public static IReadOnlyList<TestClass> All => LazyAll.Value;

    /// <summary>Hash of the source, and of what all tests use.</summary>
    public string Hash { get; } = MutantGenerator.HashOf(Text + Helpers.Value);

    /// <summary>True if the tests start processes, which takes long.</summary>
    public bool StartsProcesses => ProcessPattern().IsMatch(Text);

    /// <summary>True if some of the tests are of the fast suite.</summary>
    public bool IsFast => Text.Contains("Trait(\"Suite\", \"Fast\")", StringComparison.Ordinal);

    /// <summary>Returns true if the tests name a type.</summary>
    public bool Mentions(string type) => Regex.IsMatch(Text, $@"\b{Regex.Escape(type)}\b");

    /// <summary>Returns true if a name selects the tests.</summary>
    /// <param name="name">A class, or a namespace, with its project, such as <c>Unit.Data</c>.</param>
    public bool IsIn(string name) => $"{Name}.".StartsWith($"TurkishLlm.Tests.{name}.", StringComparison.Ordinal);

    private static IEnumerable<TestClass> Find(string program, string pattern)
    {
        var folder = Path.Combine(Repository.Root, "tests", program);
        return Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => new TestClass(program, NameOf(program, Path.GetRelativePath(folder, file)), File.ReadAllText(file)))
            .Where(test => Included.Any(name => test.Name.EndsWith(name, StringComparison.Ordinal))
                || !Excluded.Any(start => test.Name.StartsWith($"TurkishLlm.Tests.{start}", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> FindSources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal);

    private static bool IsTest(string file) =>
        file.EndsWith("Tests.cs", StringComparison.Ordinal) || file.EndsWith("Properties.cs", StringComparison.Ordinal);

    private static string NameOf(string program, string file) =>
        $"TurkishLlm.Tests.{program}.{Path.ChangeExtension(file, null).Replace('\\', '.').Replace('/', '.')}";

    [GeneratedRegex(@"\b(Process|ChildProcess|RankProcesses|ScriptedRun)\b")]
    private static partial Regex ProcessPattern();
}
