using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Every path that a plan of configs/ reads is written by a plan or a command of the guide, or is brought.</summary>
public sealed partial class ConfigArrowsTests
{
    private static readonly string Configs = Path.Combine(Repository.Root, "configs");

    // What users bring; docs/guide/pipeline.md says what belongs there.
    private static readonly string[] Brought = ["corpus", "documentation/erp", "preferences", "conversations"];

    // Final results, and the mixture that only shows how a corpus plan works.
    private static readonly string[] Results = ["runs", "models", "evaluations"];

    [Fact]
    public void Every_path_has_a_writer_and_every_output_a_reader() =>
        new PlanArrows(
                [.. ReadPlans(), .. ReadGuide()], IsSource,
                path => IsBelowAny(path, Results) || ReadGuide().Any(command => command.Writes[0] == path))
            .FindProblems().Should().BeEmpty();

    [Fact]
    public void Every_chain_has_its_steps_in_order_and_no_input_that_is_neither_written_nor_brought()
    {
        var chains = Directory.EnumerateFiles(Configs, "chain-*.yaml").Order(StringComparer.Ordinal).ToArray();
        chains.Should().HaveCountGreaterThan(2);
        foreach (var file in chains)
            ChainFiles.Resolve(ChainPlan.Load(file, []), file, Repository.Root).Sources
                .Where(source => !IsSource(source.Path)).Should().BeEmpty(file);
    }

    [Fact]
    public void A_checkpoint_that_a_plan_starts_from_is_that_of_the_last_step_of_its_run()
    {
        var plans = LoadPlans();
        foreach (var (file, plan) in plans)
            if (plan.WarmStart is { Checkpoint: var checkpoint } && StepPattern().Match(checkpoint) is { Success: true } step)
                plans.Values.Single(other => other.RunFolder == step.Groups[1].Value).Training.Steps
                    .Should().Be(long.Parse(step.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture), file);
    }

    [Fact]
    public void What_users_bring_is_described()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "pipeline.md"));
        foreach (var folder in Brought) guide.Should().Contain($"`{folder}/");
    }

    [Fact]
    public void A_dangling_path_an_unread_output_and_a_cycle_are_found()
    {
        PlanNodeFiles[] right =
        [
            new("corpus", ["tokenizers/64k"], ["data/full"]), new("tokenizer", ["corpus/a.txt"], ["tokenizers/64k"]),
            new("train", ["data/full", "tokenizers/64k"], ["runs/a"]), new("tune", ["runs/a/checkpoints/step-1"], ["runs/b"]),
        ];
        Find(right).Should().BeEmpty();
        Find([.. right.Skip(1), right[0] with { Writes = ["data/ful"] }]).Should().Equal(
            "train reads data/full, which nothing writes", "corpus writes data/ful, which nothing reads");
        Find([.. right.Skip(1), right[0] with { Reads = ["tokenizers/64k", "runs/b"] }])
            .Should().Equal("a cycle: train, tune, corpus");

        static IReadOnlyList<string> Find(PlanNodeFiles[] nodes) =>
            new PlanArrows(nodes, path => IsBelowAny(path, ["corpus"]), path => IsBelowAny(path, Results)).FindProblems();
    }

    private static IEnumerable<PlanNodeFiles> ReadPlans() =>
    [
        .. LoadPlans().Select(named => new PlanNodeFiles(
            named.Key, [.. named.Value.GetInputs().SelectMany(input => input.Paths)], [named.Value.RunFolder])),
        .. from file in Directory.EnumerateFiles(Configs, "corpus-*.yaml").Order(StringComparer.Ordinal)
           let plan = CorpusPlan.Load(file, [])
           select new PlanNodeFiles(
               Path.GetFileName(file), [.. plan.GetInputs().SelectMany(input => input.Paths)], [plan.Options.Output]),
        .. from file in Directory.EnumerateFiles(Configs, "chain-*.yaml").Order(StringComparer.Ordinal)
           from step in ChainFiles.Resolve(ChainPlan.Load(file, []), file, Repository.Root).Steps
           select new PlanNodeFiles(
               $"{Path.GetFileName(file)}: {step.Step.Name}", [.. step.Files.InputPaths], step.Files.Outputs),
    ];

    // ./run cli tokenizer train … --output FOLDER, data prepare … --output FOLDER
    private static IEnumerable<PlanNodeFiles> ReadGuide() =>
        from page in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs/guide"), "*.md").Order(StringComparer.Ordinal)
        from Match match in OutputPattern().Matches(File.ReadAllText(page))
        select new PlanNodeFiles($"{Path.GetFileName(page)}: {match.Groups[1].Value}", [], [match.Groups[2].Value]);

    private static Dictionary<string, TrainingPlan> LoadPlans() => Directory.EnumerateFiles(Configs, "*.yaml")
        .Where(file => !Path.GetFileName(file).StartsWith("corpus-", StringComparison.Ordinal)
            && !Path.GetFileName(file).StartsWith("chain-", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .ToDictionary(file => Path.GetFileName(file), file => TrainingPlan.Load(file, []));

    private static bool IsSource(string path) => IsBelowAny(path, Brought) || Path.Exists(Path.Combine(Repository.Root, path));

    private static bool IsBelowAny(string path, IEnumerable<string> folders) =>
        folders.Any(folder => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal));

    [GeneratedRegex(@"^\./run cli (tokenizer train|data prepare|synth chunk) .*(?:--output|-o) (\S+)", RegexOptions.Multiline)]
    private static partial Regex OutputPattern();

    [GeneratedRegex("^(.*)/checkpoints/step-0*([1-9][0-9]*)$")]
    private static partial Regex StepPattern();
}
