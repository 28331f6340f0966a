using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Requirements and tests of the code of a source.</summary>
internal sealed partial class TestArea
{
    private const string Unit = "TurkishLlm.Tests.Unit.", Property = "TurkishLlm.Tests.Property.";
    private static readonly ConcurrentDictionary<string, TestArea> ByProject = new(StringComparer.Ordinal);

    // Areas of the catalog of requirements; namespaces of unit tests; classes of other unit tests; namespaces of property tests.
    private static readonly Dictionary<string, (string[] Catalog, string[] Units, string[] Classes, string[] Properties)> Areas =
        new(StringComparer.Ordinal)
        {
            ["src/Cli"] = ([], ["Cli"], [], []),
            ["src/Data"] = (
                ["Data", "Conversations", "Preferences"], ["Data"],
                ["Fuzzing.ConversationFuzzTests", "Fuzzing.CorpusFuzzTests", "Fuzzing.ShardFuzzTests"],
                ["Data", "Conversations"]),
            ["src/Evaluation"] = (["Evaluation"], ["Evaluation"], [], ["Training"]),
            ["src/Files"] = (["Checkpoints", "Data"], ["Files"], ["Fuzzing.*"], ["Synthesis"]),
            ["src/Inference"] = (["Generation", "Model"], ["Inference"], [], ["Model"]),
            ["src/Kernels"] = (
                ["Kernels", "Attention", "RMSNorm", "SwiGLU", "Block", "Model", "Training"], ["Kernels", "Model"],
                ["Specification.EmulatedCudaTests"], ["Model", "Training"]),
            ["src/Model"] = (
                ["Architecture", "RMSNorm", "ALiBi", "Attention", "SwiGLU", "Block", "Model", "LoRA", "Checkpoints"],
                ["Model"], ["Fuzzing.ModelFileFuzzTests", "Specification.EmulatedCudaTests"], ["Model", "Training"]),
            ["src/Monitoring"] = (["Evaluation"], ["Monitoring"], [], ["Training"]),
            ["src/Plans"] = (["Training"], ["Plans"], ["Fuzzing.PlanFuzzTests"], ["Training"]),
            ["src/Runs"] = (["Checkpoints"], ["Runs"], [], ["Training"]),
            ["src/Synthesis"] = (
                ["Synthesis"], ["Synthesis"],
                ["Fuzzing.JournalFuzzTests", "Fuzzing.DocumentationFuzzTests"], ["Synthesis"]),
            ["src/Tokenization"] = (
                ["Tokenizer", "Conversations"], ["Tokenization"], ["Fuzzing.TokenizerFuzzTests"],
                ["Tokenization", "Conversations"]),
            ["src/Training"] = (
                [
                    "Training", "Several processes", "Checkpoints", "Safety", "Preferences", "LoRA", "Evaluation", "Device",
                ],
                ["Training"], [], ["Training"]),
        };

    private readonly string _project;
    private readonly IReadOnlyList<TestSuite> _suites;
    private readonly string[] _units;

    private TestArea(string project)
    {
        _project = project;
        var (_, units, classes, properties) = Areas[project];
        UnitNamespaces = [.. units.Select(name => $"{Unit}{name}*")];
        _units = units;
        _suites =
        [
            .. classes.Length == 0
                ? Array.Empty<TestSuite>()
                : [new($"other tests of {project}", "Unit", [.. Select("-class", classes.Select(name => Unit + name))])],
            .. properties.Length == 0
                ? Array.Empty<TestSuite>()
                :
                [
                    new(
                        $"property tests of {project}", "Property",
                        [.. Select("-namespace", properties.Select(name => $"{Property}{name}*"))]),
                ],
            new("golden tests", "Golden", []),
        ];
    }

    /// <summary>The projects with the tests.</summary>
    public static IReadOnlyList<string> Programs { get; } = ["Mutation", "Unit", "Property", "Golden"];

    /// <summary>Namespaces of the unit tests, with wildcards.</summary>
    public IReadOnlyList<string> UnitNamespaces { get; }

    /// <summary>
    /// Returns the tests of a source that are not part of the fast suite: unit tests that name it, those of the area, property
    /// and golden tests, and at the end unit tests that start processes.
    /// </summary>
    public IReadOnlyList<TestSuite> SuitesOf(string file)
    {
        var type = Path.GetFileNameWithoutExtension(file);
        var naming = UnitTestClass.All.Where(test => test.Mentions(type)).ToArray();
        var others = UnitTestClass.All.Where(test => _units.Any(test.IsIn)).Except(naming).ToArray();
        return
        [
            .. UnitTests("unit tests that name the source", naming.Where(test => !test.StartsProcesses)),
            .. UnitTests("other unit tests of the area", others.Where(test => !test.StartsProcesses)),
            .. _suites,
            .. UnitTests("unit tests that start processes", naming.Concat(others).Where(test => test.StartsProcesses)),
        ];
    }

    /// <summary>Arguments that select the unit tests of the fast suite that are of the area.</summary>
    public TestSuite FastTests => new(
        $"fast tests of {_project}", "Unit", ["-trait", MutantSandbox.Trait, .. Select("-namespace", UnitNamespaces)]);

    /// <summary>Arguments that select the unit tests of the fast suite that are of no area.</summary>
    public TestSuite OtherFastTests => new(
        $"fast tests without {_project}", "Unit", ["-trait", MutantSandbox.Trait, .. Select("-namespace-", UnitNamespaces)]);

    /// <summary>Returns the area of a project.</summary>
    public static TestArea Of(string project) => ByProject.GetOrAdd(project, name => new(name));

    /// <summary>
    /// Returns the requirements of a source, nearest first: those that its documentation cites, those cited in its folder, those
    /// cited in its project, then those of the areas of the project.
    /// </summary>
    public IReadOnlyList<string> RequirementsOf(string file)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, file))!;
        var sources = SourceProject.FindSources(_project).Select(source => Path.Combine(Repository.Root, source)).ToArray();
        return
        [
            .. new[] { Path.Combine(Repository.Root, file) }
                .Concat(sources.Where(source => Path.GetDirectoryName(source) == folder))
                .Concat(sources)
                .SelectMany(CitedIn)
                .Concat(RequirementCatalog
                    .Areas.Where(area => Areas[_project].Catalog.Contains(area.Area, StringComparer.Ordinal))
                    .SelectMany(area => area.Requirements.Select(requirement => requirement.Id)))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<TestSuite> UnitTests(string name, IEnumerable<UnitTestClass> classes)
    {
        string[] names = [.. classes.Select(test => test.Name)];
        return names.Length == 0
            ? []
            : [new(name, "Unit", [.. Select("-class", names), "-trait-", MutantSandbox.Trait])];
    }

    private static IEnumerable<string> CitedIn(string source) =>
        CitationPattern().Matches(File.ReadAllText(source))
            .SelectMany(citation => IdPattern().Matches(citation.Value).Select(id => id.Value));

    private static IEnumerable<string> Select(string option, IEnumerable<string> names) =>
        names.SelectMany(name => new[] { option, name });

    [GeneratedRegex(@"Spec: [^.]*\.")]
    private static partial Regex CitationPattern();

    [GeneratedRegex(@"\b[A-Z]+-?[0-9]+\b")]
    private static partial Regex IdPattern();
}
