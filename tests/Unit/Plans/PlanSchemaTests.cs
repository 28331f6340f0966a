using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Each key of a plan is described once, and the descriptions say what the program does.</summary>
public sealed class PlanSchemaTests
{
    private const string SmallCorpus = "tokenizer: tok\noutput: out\nsources: { NAME: { path: a.txt } }\n";

    private static readonly (string Path, PlanKey Key)[] AllKeys =
        [.. PlanSchema.Keys, .. PlanSchema.CorpusKeys, .. ChainSchema.Keys];

    // The name of a source is the key of its section; the others are options of the command.
    private static readonly string[] WithoutKey =
    [
        $"{nameof(ModelConfig)}.{nameof(ModelConfig.AbsentTokens)}",
        $"{nameof(ModelConfig)}.{nameof(ModelConfig.HasRewardHead)}",      // of preference.reward
        $"{nameof(SftSource)}.{nameof(SftSource.Name)}", $"{nameof(CorpusSource)}.{nameof(CorpusSource.Name)}",
        $"{nameof(EvaluationTask)}.{nameof(EvaluationTask.Name)}",
        $"{nameof(ChainStep)}.{nameof(ChainStep.Name)}",
        $"{nameof(CorpusOptions)}.{nameof(CorpusOptions.Overwrite)}", $"{nameof(CorpusOptions)}.{nameof(CorpusOptions.Workers)}",
    ];

    public static TheoryData<string> DefaultedKeys() =>
        [.. GetPaths(PlanSchema.Keys, key => key.Default is not null).Where(path => path != "sft.sources")];

    public static TheoryData<string> RangedKeys() => [.. GetPaths(PlanSchema.Keys, key => key.Range is not null)];

    public static TheoryData<string> RangedCorpusKeys() => [.. GetPaths(PlanSchema.CorpusKeys, key => key.Range is not null)];

    [Fact]
    public void Every_property_of_the_plan_records_is_described_by_exactly_one_key()
    {
        var described = AllKeys.Where(named => named.Key.Property is not null).Select(named => named.Key.Property!).ToArray();
        var records = described.Select(property => property.DeclaringType!).Distinct().ToArray();
        records.Should().HaveCount(37);
        var plans = typeof(TrainingPlan).Assembly.GetTypes().Where(type => type.Name.EndsWith("Plan", StringComparison.Ordinal));
        Type[] withoutSection =
            [typeof(CorpusPlan), typeof(PreferenceObjectivePlan), typeof(FreezePlan), typeof(IgnoredGuidelinesPlan)];
        records.Should().Contain(plans.Except(withoutSection));

        var stored = records.SelectMany(record => record.GetProperties().Where(IsStored)).Select(GetName).Except(WithoutKey);
        const string objective = $"{nameof(PreferencePlan)}.{nameof(PreferencePlan.Objective)}";
        described.Select(GetName).Should().BeEquivalentTo(
            [.. stored, objective, objective, objective], "the objectives describe one property, all others one each");
    }

    [Fact]
    public void Every_key_has_a_sentence_a_default_and_a_unit()
    {
        PlanSchema.Keys.Select(named => named.Path).Should().OnlyHaveUniqueItems();
        PlanSchema.CorpusKeys.Select(named => named.Path).Should().OnlyHaveUniqueItems();
        ChainSchema.Keys.Select(named => named.Path).Should().OnlyHaveUniqueItems();
        foreach (var (path, key) in AllKeys)
        {
            key.Summary.Should().MatchRegex(@"^[\p{Lu}βλ].{10,}\.$", path);
            key.Since.Should().MatchRegex(@"^\d+\.\d+$", path);
            (key.Unit is not null).Should().Be(key.Type.IsNumeric, path);
            if (!key.IsRequired && key.RequiredUnless is null && !IsNullable(key.Property)
                && path is not ("preference.orpo" or "preference.kto" or "preference.reward"))
                key.Default.Should().NotBeNull(path);
        }
    }

    [Theory, MemberData(nameof(DefaultedKeys))]
    public void A_default_that_is_written_out_changes_nothing(string path)
    {
        var yaml = PlanWith(path);
        TestPlans.Parse(yaml, $"{path}={Find(path).Default}").Should().Be(TestPlans.Parse(yaml));
    }

    [Theory, MemberData(nameof(RangedKeys))]
    public void The_program_and_the_JSON_Schema_have_the_same_bounds(string path) => CompareBounds(
        path, JsonNode.Parse(PlanReference.ToJsonSchema())!, value => TestPlans.Parse(PlanWith(path), $"{path}={value}"));

    [Theory, MemberData(nameof(RangedCorpusKeys))]
    public void The_bounds_of_corpus_plans_are_the_same_too(string path) => CompareBounds(
        path, JsonNode.Parse(PlanReference.ToCorpusJsonSchema())!,
        value => CorpusPlan.Parse(SmallCorpus, "corpus.yaml", [$"{path}={value}"]));

    [Theory]
    [InlineData("plan-reference.md")]
    [InlineData("plan.schema.json")]
    [InlineData("corpus-plan.schema.json")]
    [InlineData("chain.schema.json")]
    public void The_page_and_the_schemas_are_current(string name)
    {
        var text = name switch
        {
            "plan-reference.md" => PlanReference.ToMarkdown(),
            "plan.schema.json" => PlanReference.ToJsonSchema(),
            "chain.schema.json" => PlanReference.ToChainJsonSchema(),
            _ => PlanReference.ToCorpusJsonSchema(),
        };
        var page = Path.Combine(TestPlans.Repository, "docs", name);
        var received = $"{page}.received.txt";
        var isCurrent = File.Exists(page) && File.ReadAllText(page) == text;
        if (isCurrent) File.Delete(received);
        else File.WriteAllText(received, text);
        isCurrent.Should().BeTrue($"docs/{name} is generated; compare it with {received} and copy that over it");
    }

    [Fact]
    public async Task Train_prints_all_keys_within_100_columns_and_needs_no_plan()
    {
        var ran = await CommandLineRunner.Run("train", "--help-plan");
        (ran.Code, ran.Errors, ran.Output).Should().Be((ExitCode.Success, "", PlanReference.ToHelp()));
        var lines = ran.Output.Split('\n');
        lines.Should().OnlyContain(line => line.Length <= 100 && !line.EndsWith(' '));
        foreach (var (_, key) in PlanSchema.Keys)
            lines.Should().Contain(line => line.TrimStart().StartsWith(key.Name, StringComparison.Ordinal));
        var words = ran.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string.Join(' ', words).Should().ContainAll(PlanSchema.Keys.Select(named => named.Key.Summary));
    }

    [Fact]
    public async Task Train_prints_the_JSON_Schema_and_refuses_json_alone()
    {
        var ran = await CommandLineRunner.Run("train", "--help-plan", "--json");
        (ran.Code, ran.Errors, ran.Output).Should().Be((ExitCode.Success, "", PlanReference.ToJsonSchema()));
        var refused = await CommandLineRunner.Run("train", "toy.yaml", "--json");
        refused.Code.Should().Be(ExitCode.InvalidInput);
        refused.Errors.Should().StartWith("--json is only for --help-plan and --dry-run.");
    }

    private static void CompareBounds(string path, JsonNode root, Action<string> parse)
    {
        var schema = path.Split('.').Aggregate(root, (node, name) => node["properties"]?[name] ?? node["additionalProperties"]!);
        var isWhole = schema["type"]!.ToJsonString().Contains("integer", StringComparison.Ordinal);
        var step = isWhole ? 1m : 0.0001m;
        (string Bound, decimal Outside, decimal Inside)[] bounds =
            [("minimum", -step, 0), ("exclusiveMinimum", 0, step), ("maximum", step, 0), ("exclusiveMaximum", 0, -step)];
        foreach (var (bound, outside, inside) in bounds)
        {
            if (schema[bound] is not { } limit) continue;
            var (outer, inner) = ((decimal)(double)limit + outside, (decimal)(double)limit + inside);
            FindRangeProblems(outer).Should().ContainSingle($"{path} has the {bound} {limit}")
                .Which.Should().Contain(string.Create(CultureInfo.InvariantCulture, $" is {(double)outer}"));
            FindRangeProblems(inner).Should().BeEmpty($"{path} allows {inner} at its {bound} {limit}");
        }

        IEnumerable<string> FindRangeProblems(decimal value) =>
            FindProblems(value).Where(problem => new[] { "must be", "scores are" }.Any(problem.Contains));

        string[] FindProblems(decimal value)
        {
            try
            {
                parse(value.ToString(CultureInfo.InvariantCulture));
                return [];
            }
            catch (ConfigurationException error)
            {
                return [.. error.Problems.Select(problem => problem.Message)];
            }
        }
    }

    // A plan that has the section of a key.
    internal static string PlanWith(string path)
    {
        const string start = "warm_start: { checkpoint: c }\n";
        if (path.StartsWith("training.ema.", StringComparison.Ordinal))
            return TestPlans.Small.Replace(
                "sequence_length: 64", "sequence_length: 64\n  ema: { every: 1 }", StringComparison.Ordinal);
        return (path.StartsWith("grpo", StringComparison.Ordinal) ? SmallWithAnswers : TestPlans.Small) + path.Split('.') switch
        {
            ["warm_start", ..] => start,
            ["sft", "curriculum", ..] =>
                "sft: { sources: { NAME: { path: a.jsonl } }, curriculum: { scores: b.jsonl } }\n",
            ["sft", ..] => "sft: { sources: { NAME: { path: a.jsonl } } }\n",
            ["preference", "orpo", ..] => "preference: { files: [a.jsonl], orpo: {} }\n",
            ["preference", "kto" or "reward", ..] =>
                start + $"samples: {{ every: 0 }}\npreference: {{ files: [a.jsonl], {path.Split('.')[1]}: {{}} }}\n",
            ["preference", ..] => start + "preference: { files: [a.jsonl], dpo: {} }\n",
            ["grpo", "rewards", "pattern", ..] =>
                start + "grpo: { files: [a.jsonl], rewards: { pattern: { matches: x } } }\n",
            ["grpo", ..] => start + "grpo: { files: [a.jsonl], rewards: { length: { maximum: 9 } } }\n",
            ["lora", ..] => start + "lora: { rank: 4, alpha: 8 }\n",
            ["optimizer", "decay_ratio"] => "  schedule: wsd\n",
            ["optimizer", "muon", ..] => "  kind: muon\n",
            ["evaluation", "tasks", _, ..] => "evaluation: { tasks: { TASK: { files: [a.jsonl] } } }\n",
            ["training", "epochs"] => "sft: { sources: { NAME: { path: a.jsonl } } }\n",
            _ => "",
        };
    }

    // With rows for a group of answers of the default sizes.
    private static string SmallWithAnswers => TestPlans.Small
        .Replace("  vocab_size: 512", "  vocab_size: 512\n  max_seq_len: 160", StringComparison.Ordinal)
        .Replace("sequence_length: 64", "sequence_length: 160", StringComparison.Ordinal)
        .Replace("micro_batch_size: 4", "micro_batch_size: 8", StringComparison.Ordinal);

    private static PlanKey Find(string path) => PlanSchema.Keys.Single(named => named.Path == path).Key;

    private static string GetName(PropertyInfo property) => $"{property.DeclaringType!.Name}.{property.Name}";

    private static IEnumerable<string> GetPaths(IEnumerable<(string Path, PlanKey Key)> keys, Func<PlanKey, bool> condition) =>
        keys.Where(named => condition(named.Key)).Select(named => named.Path);

    private static bool IsNullable(PropertyInfo? property) =>
        property is null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    private static bool IsStored(PropertyInfo property) => property.CanWrite
        || property.DeclaringType!.GetConstructors().SelectMany(constructor => constructor.GetParameters())
            .Any(parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase));
}
