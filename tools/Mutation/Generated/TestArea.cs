using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Requirements and tests of the code of a project.</summary>
public sealed partial class TestArea
{
    private static readonly ConcurrentDictionary<string, TestArea> ByProject = new(StringComparer.Ordinal);

    // Areas of the catalog of requirements; namespaces and classes of tests.
    private static readonly Dictionary<string, (string[] Catalog, string[] Tests)> Areas = new(StringComparer.Ordinal)
    {
        ["src/Cli"] = (["Chains"], ["Unit.Cli"]),
        ["src/Data"] = (
            ["Data", "Conversations", "Preferences", "Synthesis"],
            [
                "Unit.Data", "Unit.Fuzzing.ConversationFuzzTests", "Unit.Fuzzing.CorpusFuzzTests", "Unit.Fuzzing.ShardFuzzTests",
                "Property.Data", "Property.Conversations",
            ]),
        ["src/Evaluation"] = (["Evaluation", "Rewards", "Sampled answers"], ["Unit.Evaluation", "Property.Training"]),
        ["src/Extensions"] = (["Generation", "Tools"], ["Unit.Serving"]),
        ["src/Files"] = (["Checkpoints", "Data"], ["Unit.Files", "Unit.Fuzzing", "Property.Synthesis"]),
        ["src/Inference"] = (["Generation", "Tools", "Model"], ["Unit.Inference", "Unit.Serving", "Property.Model"]),
        ["src/Kernels"] = (
            ["Kernels", "Attention", "RMSNorm", "SwiGLU", "Block", "Model", "Training"],
            [
                "Unit.Kernels", "Unit.Model", "Unit.Specification.EmulatedCudaTests", "Property.Model", "Property.Training",
            ]),
        ["src/Model"] = (
            ["Architecture", "RMSNorm", "ALiBi", "Attention", "SwiGLU", "Block", "Model", "LoRA", "Checkpoints"],
            [
                "Unit.Model", "Unit.Fuzzing.ModelFileFuzzTests", "Unit.Specification.EmulatedCudaTests", "Property.Model",
                "Property.Training",
            ]),
        ["src/Monitoring"] = (["Evaluation"], ["Unit.Monitoring", "Property.Training"]),
        ["src/Plans"] = (["Training", "Chains"], ["Unit.Plans", "Unit.Fuzzing.PlanFuzzTests", "Property.Training"]),
        ["src/Runs"] = (["Checkpoints", "Logs", "Chains"], ["Unit.Runs", "Property.Training"]),
        ["src/Server"] = (["Generation", "Tools"], ["Unit.Serving"]),
        ["src/Synthesis"] = (
            ["Synthesis"],
            [
                "Unit.Synthesis", "Unit.Fuzzing.JournalFuzzTests", "Unit.Fuzzing.DocumentationFuzzTests", "Property.Synthesis",
            ]),
        ["src/Tokenization"] = (
            ["Tokenizer", "Conversations"],
            ["Unit.Tokenization", "Unit.Fuzzing.TokenizerFuzzTests", "Property.Tokenization", "Property.Conversations"]),
        ["src/Training"] = (
            [
                "Training", "Several processes", "Checkpoints", "Safety", "Preferences", "Rewards", "LoRA", "Evaluation",
                "Device", "Shadow run",
            ],
            ["Unit.Training", "Property.Training"]),
    };

    private readonly string _project;
    private readonly TestClass[] _own;

    private TestArea(string project)
    {
        _project = project;
        _own = [.. TestClass.All.Where(test => test.Program == "Golden" || Areas[project].Tests.Any(test.IsIn))];
    }

    /// <summary>The projects of src that have an area.</summary>
    public static IReadOnlyCollection<string> Projects => Areas.Keys;

    /// <summary>The areas of the catalog of requirements that judge the code of some project.</summary>
    public static IReadOnlySet<string> CatalogAreas { get; } = Areas.Values.SelectMany(area => area.Catalog).ToHashSet();

    /// <summary>The projects with the tests.</summary>
    public static IReadOnlyList<string> Programs { get; } = ["Mutation", "Unit", "Property", "Golden"];

    /// <summary>Returns the area of a project.</summary>
    public static TestArea Of(string project) => ByProject.GetOrAdd(project, name => new(name));

    /// <summary>
    /// Returns the tests of the fast suite that may notice a mutant: those of the area, then those of no area.
    /// </summary>
    public IReadOnlyList<TestSuite> FastSuitesOf(GeneratedMutant mutant, ReachMap reach)
    {
        var fast = TestClass.All.Where(test => test.IsFast).Where(reach.FilterFor(mutant)).ToArray();
        return
        [
            .. Select(fast.Intersect(_own), "-trait"),
            .. Select(fast.Except(_own), "-trait"),
        ];
    }

    /// <summary>
    /// Returns the tests that may notice a mutant and are not part of the fast suite: unit tests that name the source, then those
    /// of the area, property and golden tests; last those that start processes.
    /// </summary>
    public IReadOnlyList<TestSuite> SuitesOf(GeneratedMutant mutant, ReachMap reach)
    {
        var type = Path.GetFileNameWithoutExtension(mutant.File);
        var naming = TestClass.All.Where(test => test.Mentions(type)).ToArray();
        var all = naming.Union(_own).Where(reach.FilterFor(mutant)).ToArray();
        var quick = all.Where(test => !test.StartsProcesses).ToArray();
        return
        [
            .. Select(quick.Intersect(naming), "-trait-"),
            .. Select(quick.Except(naming), "-trait-"),
            .. Select(all.Except(quick), "-trait-"),
        ];
    }

    /// <summary>Returns the requirements that may notice a mutant, those of its source first.</summary>
    public IReadOnlyList<string> RequirementsFor(GeneratedMutant mutant, ReachMap reach) =>
    [
        .. RequirementsOf(mutant.File)
            .Union(RequirementCatalog.All.Select(requirement => requirement.Id))
            .Where(reach.RequirementFilterFor(mutant)),
    ];

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

    // One suite for each program.
    private static IEnumerable<TestSuite> Select(IEnumerable<TestClass> classes, string trait) =>
        classes.GroupBy(test => test.Program).Select(group => new TestSuite(
            group.Key,
            [.. group.SelectMany(test => new[] { "-class", test.Name }), trait, MutantSandbox.Trait]));

    private static IEnumerable<string> CitedIn(string source) =>
        CitationPattern().Matches(File.ReadAllText(source))
            .SelectMany(citation => IdPattern().Matches(citation.Value).Select(id => id.Value));

    [GeneratedRegex(@"Spec: [^.]*\.")]
    private static partial Regex CitationPattern();

    [GeneratedRegex(@"\b[A-Z]+-?[0-9]+\b")]
    private static partial Regex IdPattern();
}
