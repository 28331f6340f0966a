using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>The plans that come with the project.</summary>
public sealed class ConfigsTests
{
    public static TheoryData<string> Files() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(TestPlans.Repository, "configs"), "*.yaml")
                .Select(file => Path.GetFileName(file))
                .Where(name => !name.StartsWith("corpus-", StringComparison.Ordinal)
                    && !name.StartsWith("chain-", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];

    [Theory, MemberData(nameof(Files))]
    public void Every_plan_loads_and_is_named_for_its_file(string file)
    {
        var plan = Load(file);
        plan.Name.Should().Be(Path.GetFileNameWithoutExtension(file));
        TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []).Should().Be(plan);
    }

    [Fact]
    public void Every_corpus_plan_loads_and_round_1_caps_the_encyclopedia()
    {
        var plans = Directory.EnumerateFiles(Path.Combine(TestPlans.Repository, "configs"), "corpus-*.yaml")
            .ToDictionary(file => Path.GetFileName(file), file => CorpusPlan.Load(file, []));
        plans.Should().HaveCount(3);
        plans["corpus-full.yaml"].Options.Sources.Should().HaveCount(27).And.OnlyContain(source => source.CapBytes == null);
        plans["corpus-full.yaml"].Options.Sources.Select(source => source.Domain).Distinct().Should().HaveCount(11);
        plans["corpus-full.yaml"].Options.Sources.Select(source => source.Path)
            .Should().Contain(plans["corpus-r1.yaml"].Options.Sources.Select(source => source.Path));
        plans["corpus-r1.yaml"].Options.Sources.Should().HaveCount(8);
        plans["corpus-r1.yaml"].Options.Sources[0].Should().Be(new TurkishLlm.Data.Corpus.CorpusSource(
            "wikipedia", "corpus/wikipedia_tr.txt", Weight: 1, CapBytes: 310_000_000, "encyclopedic"));
    }

    [Fact]
    public void Round_1_reads_3_27_billion_tokens() => Tokens("v1-r1.yaml").Should().Be(3_276_800_000);

    [Theory]
    [InlineData("v1-r2.yaml")]
    [InlineData("v1-r2.5.yaml")]
    [InlineData("v2.yaml")]
    public void The_later_rounds_read_14_94_billion_tokens(string file) => Tokens(file).Should().Be(14_942_208_000);

    [Fact]
    public void The_models_are_those_of_the_reference_report()
    {
        Load("v1-r1.yaml").Model.Should().Be(ModelConfig.V1);
        Load("v1-r2.yaml").Model.Should().Be(ModelConfig.V1);
        Load("v1-r2.5.yaml").Model.Should().Be(ModelConfig.V1.With(maxSeqLen: 2048, dropout: 0.02));
        Load("v2.yaml").Model.Should().Be(ModelConfig.V2);
    }

    private static TrainingPlan Load(string file) => TrainingPlan.Load(Path.Combine(TestPlans.Repository, "configs", file), []);

    private static long Tokens(string file) => Load(file).Training.Steps * Load(file).Training.TokensPerStep;
}
