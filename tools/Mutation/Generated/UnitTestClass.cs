using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>A class of unit tests and its source.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Text">The source.</param>
internal sealed partial record UnitTestClass(string Name, string Text)
{
    private const string Prefix = "TurkishLlm.Tests.Unit.";
    private static readonly Lazy<IReadOnlyList<UnitTestClass>> LazyAll = new(Find);

    /// <summary>All classes but those about pages and about the specification itself.</summary>
    public static IReadOnlyList<UnitTestClass> All => LazyAll.Value;

    /// <summary>True if the tests start processes, which takes long.</summary>
    public bool StartsProcesses => ProcessPattern().IsMatch(Text);

    /// <summary>Returns true if the tests name a type.</summary>
    public bool Mentions(string type) => Regex.IsMatch(Text, $@"\b{Regex.Escape(type)}\b");

    /// <summary>Returns true if the tests are in a namespace or in one inside it.</summary>
    /// <param name="name">The namespace without what all unit tests share, such as <c>Data</c>.</param>
    public bool IsIn(string name) => Name.StartsWith($"{Prefix}{name}.", StringComparison.Ordinal);

    private static UnitTestClass[] Find()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Unit");
        return
        [
            .. Directory.EnumerateFiles(folder, "*Tests.cs", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => new UnitTestClass(NameOf(Path.GetRelativePath(folder, file)), File.ReadAllText(file)))
                .Where(test => !test.IsIn("Documentation") && !test.IsIn("Specification")),
        ];
    }

    private static string NameOf(string file) =>
        Prefix + Path.ChangeExtension(file, null).Replace('\\', '.').Replace('/', '.');

    [GeneratedRegex(@"\b(Process|ChildProcess|RankProcesses|ScriptedRun)\b")]
    private static partial Regex ProcessPattern();
}
